/* Greets whoever connects to a Unix domain socket. The text is README.md beside it. */
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

static void on_sent(struct bufferevent *bev, void *arg)
{
	bufferevent_free(bev);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	bufferevent_free(bev);
}

static void on_client(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *unused,
		      int len, void *base)
{
	struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);

	if (bev) {
		bufferevent_setcb(bev, NULL, on_sent, on_event, NULL);
		bufferevent_write(bev, "hello\n", 6);
	} else
		close(fd);
}

static void on_interrupt(evutil_socket_t signal_number, short what, void *base)
{
	event_base_loopexit(base, NULL);
}

int main(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = "hello.sock"};
	struct event_base *base = event_base_new();
	struct event *interrupt = event_new(base, SIGINT, EV_SIGNAL, on_interrupt, base);
	struct evconnlistener *listener;

	setvbuf(stdout, NULL, _IOLBF, 0);
	unlink(addr.sun_path); /* what the last run has left would be "Address already in use" */
	listener = evconnlistener_new_bind(base, on_client, base, LEV_OPT_CLOSE_ON_FREE, -1,
					   (struct sockaddr *)&addr, sizeof(addr));
	if (!listener || !interrupt || event_add(interrupt, NULL) < 0 ||
	    signal(SIGPIPE, SIG_IGN) == SIG_ERR) /* a client may leave before it is greeted */
		return EXIT_FAILURE;
	printf("listening on %s\n", addr.sun_path);
	event_base_dispatch(base);
	unlink(addr.sun_path);
	evconnlistener_free(listener);
	event_free(interrupt);
	event_base_free(base);
	return EXIT_SUCCESS;
}
