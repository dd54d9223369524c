# What the three charts share. 480 wide: on a phone they shrink by a quarter, and can still be read.
set output out
set border 0
set tics scale 0
set grid linecolor rgb 'gray'
set style fill solid noborder
blue = 0x4a86d8
orange = 0xd9822b
green = 0x3a9d5d
purple = 0x8b5fc7
brown = 0x8c6d46
