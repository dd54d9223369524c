/* Sends each datagram back to where it came from. The text about it is README.md beside it. */
#include <event2/event.h>

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Called while a datagram waits. It takes one, so that a flood can't keep the loop. */
static void on_datagram(evutil_socket_t fd, short what, void *arg)
{
	static char data[65536]; /* no datagram is larger */
	struct sockaddr_storage from = {0};
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &len);

	if (n < 0)
		perror("recvfrom");
	else if (sendto(fd, data, n, 0, (struct sockaddr *)&from, len) < 0)
		perror("sendto"); /* this datagram is lost, as any may be */
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
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct event_base *base = event_base_new();

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!base || fd < 0 || evutil_make_socket_nonblocking(fd) < 0 ||
	    bind(fd, (struct sockaddr *)&addr, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&addr, &len) < 0) {
		perror("event_base_new, socket or bind");
		return EXIT_FAILURE;
	}

	struct event *datagram = event_new(base, fd, EV_READ | EV_PERSIST, on_datagram, NULL);
	struct event *interrupt = event_new(base, SIGINT, EV_SIGNAL, on_interrupt, base);

	if (!datagram || !interrupt || event_add(datagram, NULL) < 0 ||
	    event_add(interrupt, NULL) < 0)
		return EXIT_FAILURE;
	printf("listening on 127.0.0.1:%d\n", ntohs(addr.sin_port));
	event_base_dispatch(base);
	event_free(datagram);
	event_free(interrupt);
	event_base_free(base);
	close(fd);
	return EXIT_SUCCESS;
}
