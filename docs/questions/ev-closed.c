/* What an event for EV_CLOSED alone hears of. The text is README.md beside it. */
#include <event2/event.h>
#include <event2/util.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const struct timeval one_second = {.tv_sec = 1};

static void on_closed(evutil_socket_t fd, short what, void *base)
{
	printf("EV_CLOSED\n");
	event_base_loopbreak(base);
}

static void on_second(evutil_socket_t unused, short what, void *base)
{
	printf("no call in a second, and %.0f ms of CPU time\n", clock() * 1e3 / CLOCKS_PER_SEC);
	event_base_loopbreak(base);
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	struct linger reset = {.l_onoff = 1};
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0),
	    fd;
	struct event_base *base = event_base_new();
	struct event *closed;

	if (bind(listener, (struct sockaddr *)&addr, len) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&addr, &len) < 0 ||
	    connect(client, (struct sockaddr *)&addr, len) < 0 ||
	    (fd = accept(listener, NULL, NULL)) < 0 || evutil_make_socket_nonblocking(fd) < 0)
		return EXIT_FAILURE;
	closed = event_new(base, fd, EV_CLOSED | EV_PERSIST, on_closed, base);
	if (!base || !closed || event_add(closed, NULL) < 0 ||
	    event_base_once(base, -1, EV_TIMEOUT, on_second, base, &one_second) < 0)
		return EXIT_FAILURE;
	if (argc > 1) /* any argument: the client breaks off */
		setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(client);
	event_base_dispatch(base);
	event_free(closed);
	event_base_free(base);
	return EXIT_SUCCESS;
}
