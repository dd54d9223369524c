/* Frees events of each kind, and a bufferevent, in their own callbacks. */
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct timeval a_moment = {.tv_usec = 1000};
static int freed;

static void on_event(evutil_socket_t fd, short what, void *event)
{
	event_free(*(struct event **)event);
	freed++;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	bufferevent_free(bev);
	freed++;
}

int main(void)
{
	struct event_base *base = event_base_new();
	struct event *once, *often, *readable, *signalled;
	struct bufferevent *bev;
	int one[2], two[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, one) < 0 ||
	    write(one[1], "x", 1) != 1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, two) < 0 ||
	    write(two[1], "x", 1) != 1)
		return EXIT_FAILURE;
	event_add(once = event_new(base, -1, 0, on_event, &once), &a_moment);
	event_add(often = event_new(base, -1, EV_PERSIST, on_event, &often), &a_moment);
	event_add(readable = event_new(base, one[0], EV_READ | EV_PERSIST, on_event, &readable),
		  NULL);
	event_add(signalled =
		      event_new(base, SIGUSR1, EV_SIGNAL | EV_PERSIST, on_event, &signalled),
		  NULL);
	bev = bufferevent_socket_new(base, two[0], BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(bev, on_read, NULL, NULL, NULL);
	bufferevent_enable(bev, EV_READ);
	raise(SIGUSR1);
	raise(SIGUSR1); /* two in one turn are two calls, but for the free */
	event_base_dispatch(base);
	printf("%d freed\n", freed);
	event_base_free(base);
	return EXIT_SUCCESS;
}
