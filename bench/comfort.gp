# The picture of "what does the comfort cost". A line of data: server, then median, least and most
# of an echo with 50 clients, of one with 1,000, and of a large file; bare epoll is 1.
set terminal svg size 480,460 fixed noenhanced font 'sans-serif,14' background '#ffffff'
load 'style.gp'
servers = system("wc -l < '" . data . "'") + 0
set label 1 'CPU time of an echo, and of a large file' at screen 0.02,0.95 font ',16'
set yrange [servers - 0.4:-0.6]
set xrange [0:*]
set xtics 1
set tmargin at screen 0.79
set lmargin 24
set rmargin 6
set label 2 'bare epoll = 1' at screen 0.02,0.89
set key at screen 0.98,0.85 right top horizontal Left reverse samplen 1
what(i) = i == 0 ? '50 clients' : i == 1 ? '1,000 clients' : 'large file'
colour(i) = i == 0 ? blue : i == 1 ? green : orange
middle(i) = column(0) + (i - 1)*0.26
plot for [i=0:2] data \
		using (0):(0):(0):(column(2 + 3*i)):(middle(i) - 0.12):(middle(i) + 0.12) \
		with boxxyerror linecolor rgb colour(i) title what(i), \
	for [i=0:2] data using (column(2 + 3*i)):(middle(i)):(column(3 + 3*i)):(column(4 + 3*i)) \
		with xerrorbars pointtype -1 linewidth 1.5 linecolor rgb 'black' notitle, \
	for [i=0:2] data using (column(4 + 3*i)):(middle(i)):(sprintf('%.1f', column(2 + 3*i))) \
		with labels left offset 0.6,0 font ',12' notitle, \
	data using (0):0:ytic(1) with points pointtype -1 notitle
