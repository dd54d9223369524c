/* The work that the bench's edits of steps 6 and 7 call (see Makefile). */
#include <time.h>

#define WORK 200 /* microseconds */

static inline long cpu_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Stands for work. The time that other threads run on this core does not count as ours. */
static inline void work(void)
{
	long end = cpu_time() + WORK;

	while (cpu_time() < end)
		;
}
