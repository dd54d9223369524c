# The picture of "what does a store cost". A line of data: operation, then median, least and most of
# its CPU time with one worker, and with two; redis-server is 1.
set terminal svg size 480,340 fixed noenhanced font 'sans-serif,14' background '#ffffff'
load 'style.gp'
operations = system("wc -l < '" . data . "'") + 0
set label 1 'CPU time of an operation' at screen 0.02,0.93 font ',16'
set yrange [operations - 0.4:-0.6]
set xrange [0:*]
set xtics 0.5
set tmargin at screen 0.72
set lmargin 18
set rmargin 6
set label 2 'redis-server = 1' at screen 0.02,0.85
set key at screen 0.98,0.80 right top horizontal Left reverse samplen 1
what(i) = i == 0 ? '1 worker' : '2 workers'
colour(i) = i == 0 ? blue : green
middle(i) = column(0) + (i - 0.5)*0.36
plot for [i=0:1] data \
		using (0):(0):(0):(column(2 + 3*i)):(middle(i) - 0.16):(middle(i) + 0.16) \
		with boxxyerror linecolor rgb colour(i) title what(i), \
	for [i=0:1] data using (column(2 + 3*i)):(middle(i)):(column(3 + 3*i)):(column(4 + 3*i)) \
		with xerrorbars pointtype -1 linewidth 1.5 linecolor rgb 'black' notitle, \
	for [i=0:1] data using (column(4 + 3*i)):(middle(i)):(sprintf('%.1f', column(2 + 3*i))) \
		with labels left offset 0.6,0 font ',12' notitle, \
	data using (0):0:ytic(1) with points pointtype -1 notitle
