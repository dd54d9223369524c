# The chart of "what is a backend worth". A line of data: backend, idle clients, median, least, most.
set terminal svg size 480,380 fixed noenhanced font 'sans-serif,14' background '#ffffff'
load 'style.gp'
set title "CPU time of an echo in µs (50 busy clients)\nbeside so many idle clients" left at graph -0.1,1.08
set format x "%'.0f"
set xtics rangelimited
set key top left Left reverse
set yrange [0:*]
set lmargin 6
set rmargin 5
colour(backend) = backend eq 'epoll' ? blue : backend eq 'poll' ? orange : green
plot for [backend in 'poll select epoll'] \
	data using 2:(strcol(1) eq backend ? $3 : NaN) with linespoints linewidth 3 pointtype 7 pointsize 0.6 \
	linecolor rgb colour(backend) title backend
