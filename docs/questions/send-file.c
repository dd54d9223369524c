/* Sends a file to one client, without reading it. The text is README.md beside it. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Called when all is sent; and when the client has left, or takes nothing for ten seconds. */
static void on_write(struct bufferevent *bev, void *arg)
{
	event_base_loopexit(bufferevent_get_base(bev), NULL);
	bufferevent_free(bev);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	on_write(bev, arg);
}

static void on_client(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from,
		      int len, void *name)
{
	struct bufferevent *bev =
	    bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
	int file_fd = open(name, O_RDONLY);

	/* The buffer owns file_fd from here on, and closes it. -1: to the end of the file. */
	if (!bev || file_fd < 0 ||
	    evbuffer_add_file(bufferevent_get_output(bev), file_fd, 0, -1) < 0) {
		perror(name);
		exit(EXIT_FAILURE);
	}
	bufferevent_setcb(bev, NULL, on_write, on_event, NULL);
	bufferevent_set_timeouts(bev, NULL, &(struct timeval){.tv_sec = 10});
	bufferevent_trigger(bev, EV_WRITE, 0); /* of an empty file, all is sent already */
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_port = htons(argc > 1 ? atoi(argv[1]) : 10000),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct event_base *base = event_base_new();
	struct evconnlistener *listener = evconnlistener_new_bind(
	    base, on_client, argc > 2 ? argv[2] : NULL, LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE,
	    -1, (struct sockaddr *)&addr, sizeof(addr));

	if (argc != 3 || !base || !listener || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return EXIT_FAILURE;
	event_base_dispatch(base);
	evconnlistener_free(listener);
	event_base_free(base);
	return EXIT_SUCCESS;
}
