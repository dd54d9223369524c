/* A timer that is due at once, and then every so often. The text is README.md beside it. */
#include <event2/event.h>

#include <stdio.h>
#include <stdlib.h>

static const struct timeval now = {.tv_sec = 0};
static const struct timeval interval = {.tv_usec = 300000};
static struct timeval start;
static struct event *tick;
static int ticks;

static void say(const char *what)
{
	struct timeval time;

	evutil_gettimeofday(&time, NULL);
	evutil_timersub(&time, &start, &time);
	printf("after %.1f s: %s\n", time.tv_sec + time.tv_usec / 1e6, what);
}

static void on_tick(evutil_socket_t unused, short what, void *arg)
{
	say("tick");
	if (++ticks == 3)
		event_del(tick); /* nothing is left to wait for, so the loop returns */
}

static void on_zero(evutil_socket_t unused, short what, void *arg)
{
	say("zero, although it is persistent");
}

int main(void)
{
	struct event_base *base = event_base_new();
	struct event *zero = event_new(base, -1, EV_PERSIST, on_zero, NULL);

	tick = event_new(base, -1, EV_PERSIST, on_tick, NULL);
	if (!base || !zero || !tick || event_add(zero, &now) < 0 || event_add(tick, &interval) < 0)
		return EXIT_FAILURE;
	/* The first tick need not wait. With EV_TIMEOUT it would count as the one after 0.3 s. */
	event_active(tick, 0, 0);
	evutil_gettimeofday(&start, NULL);
	event_base_dispatch(base);
	event_free(zero);
	event_free(tick);
	event_base_free(base);
	return EXIT_SUCCESS;
}
