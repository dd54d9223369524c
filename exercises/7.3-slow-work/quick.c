/* Loaded with LD_PRELOAD into step 7: work that takes a second takes WORK microseconds. */
#include <stdlib.h>
#include <unistd.h>

unsigned sleep(unsigned seconds)
{
	usleep(seconds * atoi(getenv("WORK")));
	return 0;
}
