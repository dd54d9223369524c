# The picture of "what do threads give". A line of data: server, echoes a second (median, least,
# most, and the median as text), and the milliseconds within which 99 of 100 have their echo.
set terminal svg size 480,300 fixed noenhanced font 'sans-serif,14' background '#ffffff'
load 'style.gp'
stats data using 4 nooutput
right = STATS_max*1.65
servers = system("wc -l < '" . data . "'") + 0
set label 1 'Echoes a second, with 200 µs of work for each' at screen 0.02,0.93 font ',16'
set label 2 '99 % within' at screen 0.98,0.83 right
unset xtics
unset grid
set yrange [servers - 0.4:-0.6]
set xrange [0:right]
set tmargin at screen 0.78
set lmargin 17
set rmargin 2
unset key
plot data using (0):0:(0):2:($0 - 0.3):($0 + 0.3) with boxxyerror linecolor rgb blue, \
	data using 2:0:3:4 with xerrorbars pointtype -1 linewidth 1.5 linecolor rgb 'black', \
	data using 4:0:5 with labels left offset 1,0, \
	data using (right):0:(strcol(6) . ' ms') with labels right, \
	data using (0):0:ytic(1) with points pointtype -1
