/* What libevent's locks change. The text is README.md beside it. */
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/thread.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct timeval now = {.tv_sec = 0};
static struct event *slow;
static int fds[2];

static void on_slow(evutil_socket_t unused, short what, void *arg)
{
	if (write(fds[1], "!", 1) == 1) /* main may go on */
		sleep(1);
	printf("the callback returns\n");
}

static void *run_loop(void *base)
{
	event_base_dispatch(base);
	return NULL;
}

static int make_locked_bufferevent(struct event_base *base)
{
	struct bufferevent *bev = bufferevent_socket_new(base, -1, BEV_OPT_THREADSAFE);

	if (bev)
		bufferevent_free(bev);
	return bev != NULL;
}

int main(void)
{
	pthread_t thread;
	char byte;
	struct event_base *base = event_base_new();

	printf("without evthread: %s\n", make_locked_bufferevent(base) ? "made" : "NULL");
	event_base_free(base);
	if (pipe(fds) < 0 || evthread_use_pthreads() < 0 || !(base = event_base_new()))
		return EXIT_FAILURE;
	printf("with evthread: %s\n", make_locked_bufferevent(base) ? "made" : "NULL");
	slow = event_new(base, -1, 0, on_slow, NULL);
	if (!slow || event_add(slow, &now) < 0 ||
	    pthread_create(&thread, NULL, run_loop, base) != 0 || read(fds[0], &byte, 1) != 1)
		return EXIT_FAILURE;
	event_del(slow);
	printf("event_del returns\n");
	pthread_join(thread, NULL);
	event_free(slow);
	event_base_free(base);
	return EXIT_SUCCESS;
}
