# The picture of "what is a backend worth". A line of data: backend, idle clients, and the CPU time
# of an echo (median, least, most).
set terminal svg size 480,360 fixed noenhanced font 'sans-serif,14' background '#ffffff'
load 'style.gp'
set label 1 "CPU time of an echo, in µs" at screen 0.02,0.94 font ',16'
set xlabel 'idle clients beside the 50 that are busy'
set xtics ('0' 0, '5,000' 5000, '10,000' 10000, '15,000' 15000, '20,000' 20000)
set key at graph 0.05,0.95 left top Left reverse samplen 2
set yrange [0:*]
set tmargin at screen 0.87
set lmargin 7
set rmargin 4
colour(backend) = backend eq 'epoll' ? blue : backend eq 'poll' ? orange : green
set offsets graph 0.02, graph 0.02, 0, 0
# The whiskers first: the points belong on top of them.
plot for [backend in 'poll select epoll'] data \
	using (strcol(1) eq backend ? $2 : NaN):3:4:5 with yerrorbars linewidth 1.5 pointsize 0 \
	linecolor rgb 'black' notitle, \
	for [backend in 'poll select epoll'] data \
	using (strcol(1) eq backend ? $2 : NaN):3 with linespoints linewidth 3 pointtype 7 pointsize 0.7 \
	linecolor rgb colour(backend) title backend
