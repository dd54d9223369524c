/* libevent, step by step. The text about this program is README.md beside it. */
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
#include <unistd.h>

#define DEFAULT_PORT 10000
#define MAX_BUFFERED 65536 /* bytes of a client's input that libevent may hold for us */
#define CHUNK 1024         /* bytes that we take out of it at a time */
static const struct timeval one_second = {.tv_sec = 1};

/* What our callbacks need: each of them gets one pointer, and this is what it points to. */
struct server {
	struct event *listener;  /* a client waits to be accepted */
	struct event *resume;    /* a timer: the pause is over */
	struct event *interrupt; /* the first Ctrl-C */
};

/* Reports a failed call that the program can't do without, and exits. */
static void die(const char *call)
{
	perror(call);
	exit(EXIT_FAILURE);
}

/* Returns the port that the text names, or -1 if it names none. 0 lets the kernel pick. */
static int parse_port(const char *text)
{
	char *end;
	long port = strtol(text, &end, 10);

	/* strtol alone would take " 80", "+80" and "80x". */
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || port > 65535)
		return -1;
	return (int)port;
}

/* Returns a listening socket on the loopback address. The caller closes it. */
static int listen_on(int port)
{
	/* Only this machine may connect, as long as we ask nobody for a password. */
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_port = htons(port),
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int on = 1;
	int listener_fd = socket(AF_INET, SOCK_STREAM, 0);

	if (listener_fd < 0)
		die("socket");
	/* Lets a restart bind at once, while old connections are still in TIME_WAIT. */
	if (setsockopt(listener_fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		die("setsockopt");
	/* The client may have left by the time we accept(), which might then block. */
	if (evutil_make_socket_nonblocking(listener_fd) < 0)
		die("evutil_make_socket_nonblocking");
	if (bind(listener_fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		die("bind");
	if (listen(listener_fd, SOMAXCONN) < 0)
		die("listen");
	if (getsockname(listener_fd, (struct sockaddr *)&addr, &len) < 0)
		die("getsockname");
	printf("listening on 127.0.0.1:%d\n", ntohs(addr.sin_port));
	return listener_fd;
}

/* Pauses the listener for a second. A client that nobody accepts is reported in every turn. */
static void pause_listening(struct server *server)
{
	/* The timer first: without it, nothing would add the listener again. */
	if (event_add(server->resume, &one_second) == 0)
		event_del(server->listener);
}

/* Called when the pause is over. */
static void on_resume(evutil_socket_t unused, short what, void *arg)
{
	struct server *server = arg;

	if (event_add(server->listener, NULL) < 0)
		pause_listening(server);
}

/* Reports why a client goes, and frees it. The loop closes its descriptor after the callback. */
static void end_client(struct bufferevent *bev, const char *why)
{
	printf("client %d: %s\n", bufferevent_getfd(bev), why);
	bufferevent_free(bev);
}

/* Called when libevent has moved new bytes from the client's socket to its input buffer. */
static void on_read(struct bufferevent *bev, void *arg)
{
	char data[CHUNK];
	size_t n;

	/* Until it is empty: what we leave may lie there until new bytes arrive. */
	while ((n = bufferevent_read(bev, data, sizeof(data))) > 0)
		printf("client %d: read %zu bytes\n", bufferevent_getfd(bev), n);
}

/* Called when a client has closed its sending half, or on an error. */
static void on_event(struct bufferevent *bev, short what, void *arg)
{
	end_client(bev, (what & BEV_EVENT_ERROR) ? strerror(errno) : "closed");
}

/* Serves a new client. Owns its descriptor from here on, and closes it in any case. */
static void serve(struct event_base *base, int client_fd)
{
	struct bufferevent *bev = NULL;

	/* The socket that accept() returns blocks, and libevent must never wait for one client. */
	if (evutil_make_socket_nonblocking(client_fd) == 0)
		bev = bufferevent_socket_new(base, client_fd, BEV_OPT_CLOSE_ON_FREE);
	if (!bev) {
		printf("client %d: %s\n", client_fd, strerror(errno));
		close(client_fd);
		return;
	}
	bufferevent_setcb(bev, on_read, NULL, on_event, NULL);
	bufferevent_setwatermark(bev, EV_READ, 0, MAX_BUFFERED);
	if (bufferevent_enable(bev, EV_READ) < 0)
		end_client(bev, strerror(errno));
}

/* Accepts a client. Returns whether others may wait; if accept() fails, it begins a pause. */
static int accept_client(struct server *server)
{
	int client_fd = accept(event_get_fd(server->listener), NULL, NULL);

	if (client_fd >= 0) {
		printf("client %d: connected\n", client_fd);
		serve(event_get_base(server->listener), client_fd);
	} else if (errno == EAGAIN) {
		return 0;
	} else if (errno != EINTR && errno != ECONNABORTED) {
		perror("accept");
		pause_listening(server);
		return 0;
	}
	return 1;
}

/* Called in each turn of the loop while a client waits. */
static void on_connection(evutil_socket_t listener_fd, short what, void *arg)
{
	accept_client(arg);
}

/* Called at the first Ctrl-C. The event is one-shot, so the second one kills us as usual. */
static void on_interrupt(evutil_socket_t signal_number, short what, void *arg)
{
	struct server *server = arg;

	while (accept_client(server))
		; /* whoever waits in the backlog has connected already */
	event_del(server->listener);
	event_del(server->resume);
	event_del(server->interrupt); /* else two Ctrl-C in one turn call us twice */
	close(event_get_fd(server->listener));
	printf("no new clients; Ctrl-C again ends now\n");
}

int main(int argc, char **argv)
{
	int port = argc == 2 ? parse_port(argv[1]) : DEFAULT_PORT;

	if (argc > 2 || port < 0) {
		fprintf(stderr, "usage: main [port]\n");
		return EXIT_FAILURE;
	}
	/* Print each line at once, even into a pipe or a file. */
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

	struct server server = {0};
	/* Before listen_on prints its line: whoever reads that may press Ctrl-C at once. */
	server.interrupt = event_new(base, SIGINT, EV_SIGNAL, on_interrupt, &server);
	if (!server.interrupt || event_add(server.interrupt, NULL) < 0)
		die("event_new or event_add");

	int listener_fd = listen_on(port);

	server.resume = event_new(base, -1, 0, on_resume, &server);
	server.listener =
	    event_new(base, listener_fd, EV_READ | EV_PERSIST, on_connection, &server);
	if (!server.resume || !server.listener || event_add(server.listener, NULL) < 0)
		die("event_new or event_add");

	if (event_base_dispatch(base) < 0)
		return EXIT_FAILURE; /* libevent has printed why */
	printf("no events left: the loop has returned\n");
	event_free(server.interrupt);
	event_free(server.resume);
	event_free(server.listener);
	event_base_free(base);
	return EXIT_SUCCESS;
}
