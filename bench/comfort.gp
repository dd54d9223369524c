# The chart of "what does the comfort cost". A line of data: server, then median, least and most of
# an echo with 50 clients, with 1,000 clients, and of a large file.
set terminal svg size 480,420 fixed noenhanced font 'sans-serif,14' background '#ffffff'
load 'style.gp'
servers = system("wc -l < '" . data . "'") + 0
set title "CPU time (bare epoll = 1)" left
set yrange [servers - 0.4:-0.6]
set xrange [0:*]
set xtics 1
set lmargin 22
set rmargin 5
set key below
colour(i) = i == 0 ? blue : i == 1 ? green : orange
what(i) = word('50 1,000 file', i + 1)
y(i) = column(0) + (i - 1)*0.25
plot for [i=0:2] data using (0):0:(0):2 + 3*i:(y(i) - 0.12):(y(i) + 0.12) with boxxyerror linecolor rgb colour(i) notitle
