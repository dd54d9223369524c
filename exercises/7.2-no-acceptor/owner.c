/*
 * Loaded with LD_PRELOAD into step 7: says on standard error when an event is added or deleted on
 * another thread than the one that runs its loop.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define MAX_LOOPS 16

/* The loops that run. A thread writes its place before it writes its base. */
static pthread_t threads[MAX_LOOPS];
static _Atomic(struct event_base *) bases[MAX_LOOPS];
static atomic_int count;

static void check(const char *call, const struct event *event)
{
	for (int i = 0; i < MAX_LOOPS; i++)
		if (bases[i] == event_get_base(event) && !pthread_equal(threads[i], pthread_self()))
			fprintf(stderr, "%s() on another thread\n", call);
}

int event_base_dispatch(struct event_base *base)
{
	int (*next)(struct event_base *) = dlsym(RTLD_NEXT, "event_base_dispatch");
	int i = count++, result;

	if (i >= MAX_LOOPS)
		return next(base);
	threads[i] = pthread_self();
	bases[i] = base;
	result = next(base);
	bases[i] = NULL; /* from now on it is anybody's */
	return result;
}

int event_add(struct event *event, const struct timeval *time)
{
	int (*next)(struct event *, const struct timeval *) = dlsym(RTLD_NEXT, "event_add");

	check("event_add", event);
	return next(event, time);
}

int event_del(struct event *event)
{
	int (*next)(struct event *) = dlsym(RTLD_NEXT, "event_del");

	check("event_del", event);
	return next(event);
}
