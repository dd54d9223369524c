/*
 * An echo server as the old walkthroughs of libevent 1.4 teach it, with the names of that time, which
 * libevent 2.1 still has. It is full of errors: walkthrough.bats shows them. Never run it on a
 * machine that others can reach: it listens on every address.
 */
#include <event.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static struct event_base *main_base;

static void on_read(struct bufferevent *bev, void *arg)
{
	char buffer[4096];

	bufferevent_read(bev, buffer, 4096);
	bufferevent_write(bev, buffer, 4096);
}

static void on_accept(int listener, short what, void *arg)
{
	int fd = accept(listener, NULL, NULL);
	struct bufferevent *bev = bufferevent_new(fd, on_read, NULL, NULL, NULL);

	bev->wm_read.high = 4096;
	bufferevent_base_set(main_base, bev);
	bufferevent_enable(bev, EV_READ);
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);
	struct event accept_event;
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	main_base = event_init();

	addr.sin_addr.s_addr = INADDR_ANY;
	addr.sin_port = htons(argc > 1 ? atoi(argv[1]) : 10000);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	bind(fd, (struct sockaddr *)&addr, sizeof(addr));
	listen(fd, 1024);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);

	/* The one thing that the walkthroughs don't do: our tests want to know the port. */
	getsockname(fd, (struct sockaddr *)&addr, &len);
	printf("listening on %s:%d\n", inet_ntoa(addr.sin_addr), ntohs(addr.sin_port));
	fflush(stdout);

	event_set(&accept_event, fd, EV_READ | EV_PERSIST, on_accept, &accept_event);
	event_add(&accept_event, NULL);
	event_base_loop(main_base, 0);
	return 0;
}
