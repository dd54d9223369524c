/* evconnlistener, and an error callback that pauses. The text is README.md beside it. */
#include <event2/event.h>
#include <event2/listener.h>

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static const struct timeval one_second = {.tv_sec = 1};
static struct evconnlistener *listener;
static struct event *resume; /* a timer: the pause is over */

static void on_client(struct evconnlistener *unused, evutil_socket_t fd, struct sockaddr *from,
		      int len, void *arg)
{
	evutil_closesocket(fd); /* or make a bufferevent, as step 4 does */
}

/* Called when accept() fails, and again in each turn while the listener is enabled. */
static void on_error(struct evconnlistener *unused, void *arg)
{
	perror("accept");
	if (event_add(resume, &one_second) == 0)
		evconnlistener_disable(listener);
}

static void on_resume(evutil_socket_t unused, short what, void *arg)
{
	if (evconnlistener_enable(listener) < 0)
		event_add(resume, &one_second);
}

static void on_interrupt(evutil_socket_t signal_number, short what, void *base)
{
	event_base_loopexit(base, NULL);
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_port = htons(argc > 1 ? atoi(argv[1]) : 10000),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct event_base *base = event_base_new();
	struct event *interrupt = event_new(base, SIGINT, EV_SIGNAL, on_interrupt, base);

	resume = event_new(base, -1, 0, on_resume, NULL);
	listener = evconnlistener_new_bind(base, on_client, NULL,
					   LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE, -1,
					   (struct sockaddr *)&addr, sizeof(addr));
	if (!listener || !resume || !interrupt || event_add(interrupt, NULL) < 0)
		return EXIT_FAILURE;
	evconnlistener_set_error_cb(listener, on_error);
	event_base_dispatch(base);
	evconnlistener_free(listener);
	event_free(resume);
	event_free(interrupt);
	event_base_free(base);
	return EXIT_SUCCESS;
}
