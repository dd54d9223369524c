#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define DEFAULT_PORT 10000
#define MAX_BUFFERED 8192 /* bytes of a client's input that libevent may hold for us */
#define CHUNK 1024        /* bytes that we take out of it at a time */

static const struct timeval PAUSE = {.tv_sec = 1};

/* A callback gets one pointer, and ours need more than one thing: they get this. */
struct server {
	struct event *listener;  /* a client waits to be accepted */
	struct event *pause_end; /* a timer: time to listen again */
	struct event *interrupt; /* the first Ctrl-C */
};

/* A call failed that the program can't do without: says which and why, and ends it. */
static void die(const char *call)
{
	perror(call);
	exit(EXIT_FAILURE);
}

/* Returns the port that the text names, or -1 if it names none. 0: the kernel picks. */
static int parse_port(const char *text)
{
	char *end;
	long port = strtol(text, &end, 10);

	/* strtol alone would take " 80", "+80" and "80x". */
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || port > 65535)
		return -1;
	return (int)port;
}

/* Returns a listening socket on the loopback address; the caller closes it. */
static evutil_socket_t listen_on(int port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
	socklen_t len = sizeof(addr);
	int on = 1;
	evutil_socket_t fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		die("socket");
	/* A restart must not wait for the old connections' TIME_WAIT to end. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		die("setsockopt");
	/* The client of whom we hear may be gone at accept(), which would then block. */
	if (evutil_make_socket_nonblocking(fd) < 0)
		die("evutil_make_socket_nonblocking");
	/* Who may connect? This machine only, as long as there is no password. */
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die("bind");
	if (listen(fd, SOMAXCONN) < 0)
		die("listen");
	if (getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		die("getsockname");
	printf("listening on 127.0.0.1:%d\n", ntohs(addr.sin_port));
	return fd;
}

/* Puts the listener down for a second: a client that we can't take would be reported on and on. */
static void pause_listening(struct server *server)
{
	/* The timer first: nothing else would ever add a deleted listener again. */
	if (event_add(server->pause_end, &PAUSE) == 0)
		event_del(server->listener);
}

/* Called when the pause is over. */
static void on_pause_end(evutil_socket_t fd, short what, void *arg)
{
	struct server *server = arg;

	if (event_add(server->listener, NULL) < 0)
		pause_listening(server);
}

/* Says why a client goes, and frees it; its descriptor is closed soon after. */
static void end_client(struct bufferevent *client, const char *why)
{
	printf("client %d: %s\n", (int)bufferevent_getfd(client), why);
	bufferevent_free(client);
}

/* Called when libevent has moved new bytes from the client's socket to its input buffer. */
static void on_read(struct bufferevent *client, void *arg)
{
	char data[CHUNK];
	size_t n;

	/* Until it is empty: what stays behind is not reported again before new bytes arrive. */
	while ((n = bufferevent_read(client, data, sizeof(data))) > 0)
		printf("client %d: read %zu bytes\n", (int)bufferevent_getfd(client), n);
}

/* Called when a client has closed its sending half, or on an error. */
static void on_event(struct bufferevent *client, short what, void *arg)
{
	end_client(client, what & BEV_EVENT_ERROR ? strerror(errno) : "closed");
}

/* Takes over the descriptor of a new client: closes it when the client goes, or on failure. */
static void serve(struct event_base *base, evutil_socket_t fd)
{
	struct bufferevent *client = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);

	if (!client) {
		printf("client %d: %s\n", (int)fd, strerror(errno));
		evutil_closesocket(fd);
		return;
	}
	bufferevent_setcb(client, on_read, NULL, on_event, NULL);
	bufferevent_setwatermark(client, EV_READ, 0, MAX_BUFFERED);
	if (evutil_make_socket_nonblocking(fd) < 0 || bufferevent_enable(client, EV_READ) < 0)
		end_client(client, strerror(errno));
}

/* Called once a turn of the loop while clients wait, however many they are. */
static void on_connection(evutil_socket_t fd, short what, void *arg)
{
	struct server *server = arg;
	evutil_socket_t client = accept(fd, NULL, NULL);

	if (client >= 0) {
		printf("client %d: connected\n", (int)client);
		serve(event_get_base(server->listener), client);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		perror("accept");
		pause_listening(server);
	} /* Else there is no client to take after all. */
}

/* Called at the first Ctrl-C. A one-shot event: the second one ends the program, as ever. */
static void on_interrupt(evutil_socket_t signal_number, short what, void *arg)
{
	struct server *server = arg;

	event_del(server->listener);
	event_del(server->pause_end);
	event_del(server->interrupt); /* two Ctrl-C in one turn would call us twice */
	evutil_closesocket(event_get_fd(server->listener));
	printf("no new clients; Ctrl-C again ends now\n");
}

int main(int argc, char **argv)
{
	int port = argc == 2 ? parse_port(argv[1]) : DEFAULT_PORT;

	if (argc > 2 || port < 0) {
		fprintf(stderr, "usage: main [port]\n");
		return EXIT_FAILURE;
	}
	/* Each line comes out when it is printed, into a pipe or a file too. */
	setvbuf(stdout, NULL, _IOLBF, 0);

	const char **methods = event_get_supported_methods();
	struct event_base *base = event_base_new();

	if (!methods || !base) {
		fprintf(stderr, "event_base_new: no usable backend, or no memory\n");
		return EXIT_FAILURE;
	}
	printf("libevent %s chose %s from:", event_get_version(), event_base_get_method(base));
	for (int i = 0; methods[i]; i++)
		printf(" %s", methods[i]);
	printf("\n");

	evutil_socket_t fd = listen_on(port);
	struct server server;

	server.listener = event_new(base, fd, EV_READ | EV_PERSIST, on_connection, &server);
	server.pause_end = event_new(base, -1, EV_TIMEOUT, on_pause_end, &server);
	server.interrupt = event_new(base, SIGINT, EV_SIGNAL, on_interrupt, &server);
	if (!server.listener || !server.pause_end || !server.interrupt)
		die("event_new");
	if (event_add(server.listener, NULL) < 0 || event_add(server.interrupt, NULL) < 0)
		die("event_add");

	if (event_base_dispatch(base) < 0)
		die("event_base_dispatch");
	printf("no events left: the loop has returned\n");

	event_free(server.interrupt);
	event_free(server.pause_end);
	event_free(server.listener);
	event_base_free(base);
	return EXIT_SUCCESS;
}
