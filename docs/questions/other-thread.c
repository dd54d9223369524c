/* A thread asks another thread's loop to call a function. The text is README.md beside it. */
#include <event2/event.h>
#include <event2/thread.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static const struct timeval ten_minutes = {.tv_sec = 600};
static struct event_base *base;

/* Called in the loop's thread: here it may use everything that belongs to the loop. */
static void on_request(evutil_socket_t unused, short what, void *text)
{
	printf("the loop was asked to %s\n", (char *)text);
}

static void on_last_request(evutil_socket_t unused, short what, void *keep_going)
{
	event_del(keep_going);
}

static void on_ten_minutes(evutil_socket_t unused, short what, void *arg)
{
}

static void *run_loop(void *arg)
{
	event_base_dispatch(base);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	/* First of all: what is made before has no lock, and nothing wakes its loop. */
	if (evthread_use_pthreads() < 0 || !(base = event_base_new()))
		return EXIT_FAILURE;

	/* The loop has something to wait for, so it sleeps until somebody asks. */
	struct event *keep_going = event_new(base, -1, EV_PERSIST, on_ten_minutes, NULL);

	if (!keep_going || event_add(keep_going, &ten_minutes) < 0 ||
	    pthread_create(&thread, NULL, run_loop, NULL) != 0)
		return EXIT_FAILURE;
	/* An event of no descriptor and no time is due at once. They come in this order. */
	if (event_base_once(base, -1, EV_TIMEOUT, on_request, "send", NULL) < 0 ||
	    event_base_once(base, -1, EV_TIMEOUT, on_request, "close", NULL) < 0 ||
	    event_base_once(base, -1, EV_TIMEOUT, on_last_request, keep_going, NULL) < 0)
		return EXIT_FAILURE;
	pthread_join(thread, NULL);
	event_free(keep_going);
	event_base_free(base);
	return EXIT_SUCCESS;
}
