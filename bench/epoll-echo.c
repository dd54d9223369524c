/*
 * The bare epoll echo server that "make bench" measures the steps against: what step 6 does for
 * its clients, without a library. Linux only.
 *
 * It reads from a client only while nothing waits for that client. So there is never more than one
 * read to remember, a client that never reads stops being read, and at the end of a client's input
 * nothing is left to send.
 */
#define _GNU_SOURCE /* accept4 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEFAULT_PORT 10000
#define MAX_EVENTS 64 /* clients that one epoll_wait may report */

struct client {
	int fd;
	char *unsent; /* what the socket did not take at once, or NULL; we free it */
	size_t sent, size;
};

static char data[16384]; /* of the client that is being read: one buffer serves them all */

static void die(const char *call)
{
	perror(call);
	exit(EXIT_FAILURE);
}

static void on_interrupt(int signal_number)
{
	_exit(EXIT_SUCCESS);
}

static int listen_on(int port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t len = sizeof(addr);
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		die("setsockopt");
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		die("setsockopt");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die("bind");
	if (listen(fd, SOMAXCONN) < 0)
		die("listen");
	if (getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		die("getsockname");
	printf("listening on 127.0.0.1:%d\n", ntohs(addr.sin_port));
	return fd;
}

static void end_client(struct client *client, const char *why)
{
	printf("client %d: %s\n", client->fd, why);
	close(client->fd); /* this takes it out of the epoll set, too */
	free(client->unsent);
	free(client);
}

/* Asks to be told when the client can be read (EPOLLIN), or written to (EPOLLOUT). */
static int wait_for(int epoll, int how, struct client *client, uint32_t what)
{
	struct epoll_event event = {.events = what, .data.ptr = client};

	return epoll_ctl(epoll, how, client->fd, &event);
}

/* Like write(), but a full socket is no error: it takes 0 bytes. */
static ssize_t send_some(struct client *client, const char *bytes, size_t n)
{
	ssize_t sent = write(client->fd, bytes, n);

	return sent < 0 && errno == EAGAIN ? 0 : sent;
}

static void on_connection(int epoll, int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	struct client *client;

	if (fd < 0)
		return; /* no descriptors left: this spins. Step 4 does better */
	client = calloc(1, sizeof(*client));
	if (!client)
		die("calloc");
	client->fd = fd;
	printf("client %d: connected\n", fd);
	if (wait_for(epoll, EPOLL_CTL_ADD, client, EPOLLIN) < 0)
		end_client(client, strerror(errno));
}

/* Nothing waits for this client, and it has sent something, or closed its sending half. */
static void on_readable(int epoll, struct client *client)
{
	ssize_t n = read(client->fd, data, sizeof(data)), sent;

	if (n <= 0) {
		end_client(client, n < 0 ? strerror(errno) : "closed");
		return;
	}
	sent = send_some(client, data, n);
	if (sent == n)
		return;
	client->sent = 0;
	client->size = n - sent;
	if (sent < 0 || !(client->unsent = malloc(client->size)) ||
	    wait_for(epoll, EPOLL_CTL_MOD, client, EPOLLOUT) < 0) {
		end_client(client, strerror(errno));
		return;
	}
	memcpy(client->unsent, data + sent, client->size);
}

/* Something waits for this client, and its socket has room again. */
static void on_writable(int epoll, struct client *client)
{
	size_t left = client->size - client->sent;
	ssize_t sent = send_some(client, client->unsent + client->sent, left);

	if (sent >= 0) {
		client->sent += sent;
		if (client->sent < client->size)
			return;
	}
	free(client->unsent);
	client->unsent = NULL;
	if (sent < 0 || wait_for(epoll, EPOLL_CTL_MOD, client, EPOLLIN) < 0)
		end_client(client, strerror(errno));
}

int main(int argc, char **argv)
{
	struct epoll_event events[MAX_EVENTS], event = {.events = EPOLLIN, .data.ptr = NULL};

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGINT, on_interrupt) == SIG_ERR)
		die("signal");

	int listener = listen_on(argc > 1 ? atoi(argv[1]) : DEFAULT_PORT);
	int epoll = epoll_create1(0);

	if (epoll < 0)
		die("epoll_create1");
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) < 0)
		die("epoll_ctl");
	for (;;) {
		int n = epoll_wait(epoll, events, MAX_EVENTS, -1);

		if (n < 0 && errno != EINTR)
			die("epoll_wait");
		for (int i = 0; i < n; i++) {
			struct client *client = events[i].data.ptr;

			if (!client)
				on_connection(epoll, listener);
			else if (client->unsent)
				on_writable(epoll, client);
			else
				on_readable(epoll, client);
		}
	}
}
