# The chart of "make bench". bench.py sets data, out, and about (for the foot).
#
# A line of data is a server: its title, then four groups of median, least, most, and 1 where the
# load generator was the limit: CPU time with 50 and 1,000 clients, throughput with 50 and 1,000.
set terminal svg size 920,500 dynamic noenhanced font 'DejaVu Sans,Verdana,sans-serif,13' background '#ffffff'
set output out

bright(side) = side ? 0xe0893b : 0x2563a8 # side 0: 50 clients, side 1: 1,000 clients
pale(side) = side ? 0xf6dcc3 : 0xbcd0e6
set style fill solid noborder
set border 0
set tics scale 0
set xtics 0.5
set grid xtics linecolor rgb '#dddddd'
set label 1 'What the comfort costs: bare epoll = 1' at screen 0.015, 0.95 font ',16'
set label 2 about at screen 0.015, 0.03 font ',10' textcolor rgb '#666666'
set key at screen 0.975, 0.965 right horizontal samplen 1
servers = system("wc -l < '" . data . "'") + 0
set yrange [servers - 0.4:-0.6]
set xrange [0:*]
set tmargin at screen 0.80
set bmargin at screen 0.12

# The columns of a group; c is the first of the panel. A server's bars lie at its line's number.
median(side) = column(c + 4*side)
least(side) = column(c + 4*side + 1)
most(side) = column(c + 4*side + 2)
colour(side) = column(c + 4*side + 3) > 0 ? pale(side) : bright(side)
middle(side) = column(0) + (side - 0.5)*0.36

set multiplot
set arrow from 1, graph 0 to 1, graph 1 nohead linecolor rgb '#333333'
do for [panel=0:1] {
	c = 2 + 8*panel
	set lmargin at screen (panel ? 0.63 : 0.22)
	set rmargin at screen (panel ? 0.96 : 0.58)
	set title (panel ? "Throughput: more is better\n(pale: the server was not the limit)" : 'CPU time of the server an echo: less is better') font ',12'
	plot for [side=0:1] data \
		using (0):(0):(0):(median(side)):(middle(side) - 0.18):(middle(side) + 0.18):(colour(side)) \
		with boxxyerror linecolor rgb variable notitle, \
	for [side=0:1] data using (median(side)):(middle(side)):(least(side)):(most(side)) \
		with xerrorbars pointtype -1 linecolor rgb '#333333' notitle, \
	for [side=0:1] data using (most(side)):(middle(side)):(sprintf('  %.2f', median(side))) \
		with labels left font ',10' notitle, \
	data using (1):0:ytic(1) with points pointtype -1 notitle, \
	for [side=0:1] NaN with boxes linecolor rgb bright(side) \
		title (panel ? '' : side ? '1,000 clients' : '50 clients')
	unset label
	unset ytics
}
