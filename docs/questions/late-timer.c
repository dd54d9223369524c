/* How late a timer of a millisecond is, on average of 200. The text is README.md beside it. */
#include <event2/event.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const struct timeval a_millisecond = {.tv_usec = 1000};
static struct timespec start;
static int ticks;

static void on_tick(evutil_socket_t unused, short what, void *base)
{
	struct timespec now;

	if (++ticks < 200)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("%.1f ms from tick to tick\n",
	       (1e3 * (now.tv_sec - start.tv_sec) + (now.tv_nsec - start.tv_nsec) / 1e6) / ticks);
	event_base_loopbreak(base);
}

int main(int argc, char **argv)
{
	struct event_config *config = event_config_new();
	struct event_base *base;
	struct event *tick;

	if (!config || (argc > 1 && /* any argument */
			event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) < 0))
		return EXIT_FAILURE;
	base = event_base_new_with_config(config);
	event_config_free(config);
	tick = event_new(base, -1, EV_PERSIST, on_tick, base);
	clock_gettime(CLOCK_MONOTONIC, &start);
	if (!base || !tick || event_add(tick, &a_millisecond) < 0)
		return EXIT_FAILURE;
	event_base_dispatch(base);
	event_free(tick);
	event_base_free(base);
	return EXIT_SUCCESS;
}
