/* Two locks, taken in either order: libevent's and ours. The text is README.md beside it. */
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/thread.h>
#include <event2/util.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t ours = PTHREAD_MUTEX_INITIALIZER;
static struct bufferevent *bev;
static int fds[2]; /* the bufferevent's socket, and its other end */

/* Called with the bufferevent's lock held, unless its callbacks are unlocked. */
static void on_read(struct bufferevent *unused, void *base)
{
	if (write(fds[0], "!", 1) != 1) /* now the other thread goes on */
		exit(EXIT_FAILURE);
	pthread_mutex_lock(&ours);
	printf("the callback has our lock\n");
	pthread_mutex_unlock(&ours);
	event_base_loopbreak(base);
}

static void *write_something(void *unused)
{
	char byte;

	pthread_mutex_lock(&ours);
	if (write(fds[1], "!", 1) != 1 || read(fds[1], &byte, 1) != 1) /* the callback runs */
		exit(EXIT_FAILURE);
	bufferevent_write(bev, "x", 1);
	pthread_mutex_unlock(&ours);
	return NULL;
}

int main(int argc, char **argv)
{
	int unlocked = argc > 1 ? BEV_OPT_DEFER_CALLBACKS | BEV_OPT_UNLOCK_CALLBACKS : 0;
	pthread_t thread;
	struct event_base *base = evthread_use_pthreads() < 0 ? NULL : event_base_new();

	if (!base || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0 ||
	    evutil_make_socket_nonblocking(fds[0]) < 0 ||
	    !(bev = bufferevent_socket_new(base, fds[0], BEV_OPT_THREADSAFE | unlocked)))
		return EXIT_FAILURE;
	bufferevent_setcb(bev, on_read, NULL, NULL, base);
	if (bufferevent_enable(bev, EV_READ) < 0 ||
	    pthread_create(&thread, NULL, write_something, NULL) != 0)
		return EXIT_FAILURE;
	event_base_dispatch(base);
	pthread_join(thread, NULL);
	bufferevent_free(bev);
	event_base_free(base);
	return EXIT_SUCCESS;
}
