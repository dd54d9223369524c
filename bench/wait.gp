# The picture of "how long does a client wait". A line of data: server, bytes, and the wait in µs
# (median, least, most). Both axes are logarithmic.
set terminal svg size 480,380 fixed noenhanced font 'sans-serif,14' background '#ffffff'
load 'style.gp'
set label 1 'Wait for an echo, in µs' at screen 0.02,0.94 font ',16'
set xlabel 'bytes of the request, and of its echo'
set logscale xy
set xrange [50:80000]
set yrange [8:150000]
set xtics ('62' 62, '1,000' 1000, '4,096' 4096, '16,384' 16384, '65,536' 65536)
set ytics ('10' 10, '100' 100, '1,000' 1000, '10,000' 10000, '100,000' 100000)
set key at graph 0.02,0.93 left top Left reverse samplen 1 font ',12'
set tmargin at screen 0.87
set lmargin 9
set rmargin 4
name(i) = word('step-6-nagle step-6 step-6-fast libuv bare', i)
what(i) = i == 1 ? 'step 6, no TCP_NODELAY' : i == 2 ? 'step 6' : i == 3 ? 'step 6, fast path' : \
	i == 4 ? 'libuv, uv_write' : 'bare epoll'
colour(i) = i == 1 ? orange : i == 2 ? blue : i == 3 ? purple : i == 4 ? green : brown
# The whiskers first: the points belong on top of them.
plot for [i=1:5] data using (strcol(1) eq name(i) ? $2 : NaN):3:4:5 with yerrorbars linewidth 1.5 \
		pointsize 0 linecolor rgb 'black' notitle, \
	for [i=1:5] data using (strcol(1) eq name(i) ? $2 : NaN):3 with linespoints linewidth 3 \
		pointtype 7 pointsize 0.7 linecolor rgb colour(i) title what(i)
