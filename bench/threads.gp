# The chart of "what do threads give". A line of data: server, echoes a second (median, least,
# most), and the milliseconds within which 99 % have their echo.
set terminal svg size 480,300 fixed noenhanced font 'sans-serif,14' background '#ffffff'
load 'style.gp'
servers = system("wc -l < '" . data . "'") + 0
set title "Echoes a second, with 200 µs of work for each" left
set format x "%'.0f"
set yrange [servers - 0.4:-0.6]
set xrange [0:*]
set xtics 2500
set lmargin 16
set rmargin 3
unset key
plot data using (0):0:(0):2:($0 - 0.3):($0 + 0.3) with boxxyerror linecolor rgb blue, \
	data using 2:0:3:4 with xerrorbars pointtype -1 linewidth 1.5 linecolor rgb 'black', \
	data using (0):0:(sprintf(' 99 %% within %d ms', $5)) with labels left textcolor rgb 'white', \
	data using (0):0:ytic(1) with points pointtype -1
