/*
 * The libuv echo server that "make bench" compares the steps with: what step 6 does for its
 * clients, with the other well-known library.
 *
 * -DTRY_FIRST=1 builds the variant that sends with uv_try_write, and gives uv_write only what the
 * socket did not take.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define DEFAULT_PORT 10000
#define MAX_UNSENT 65536 /* bytes that may wait for a client before we stop reading from it */

#ifndef TRY_FIRST
#define TRY_FIRST 0
#endif

/* A write under way: libuv needs the request and the bytes until on_write, which frees them. */
struct write {
	uv_write_t request;
	char data[];
};

/* Of the client that is being read: one buffer serves them all. libuv may read 32 times before it
 * calls on_write, which frees our copies: the larger the buffer, the more memory that is. */
static char data[16384];

static void check(int status, const char *call)
{
	if (status < 0) {
		fprintf(stderr, "%s: %s\n", call, uv_strerror(status));
		exit(EXIT_FAILURE);
	}
}

static void on_interrupt(int signal_number)
{
	_exit(EXIT_SUCCESS);
}

static int descriptor(uv_stream_t *client)
{
	uv_os_fd_t fd = -1;

	uv_fileno((uv_handle_t *)client, &fd);
	return fd;
}

/* Called when a client's descriptor is closed. */
static void on_close(uv_handle_t *client)
{
	free(client);
}

/* Says why, and closes. On Unix libuv's errors are errno's numbers, negative. */
static void end_client(uv_stream_t *client, const char *why)
{
	if (uv_is_closing((uv_handle_t *)client))
		return; /* several writes of one client can fail */
	printf("client %d: %s\n", descriptor(client), why);
	uv_close((uv_handle_t *)client, on_close);
}

/* Called when all is sent to a client that has closed its sending half. */
static void on_shutdown(uv_shutdown_t *request, int status)
{
	end_client(request->handle, status < 0 ? strerror(-status) : "closed");
	free(request);
}

/* Called before each read: where to put the bytes. */
static void on_alloc(uv_handle_t *client, size_t suggested, uv_buf_t *buffer)
{
	*buffer = uv_buf_init(data, sizeof(data));
}

static void on_write(uv_write_t *request, int status);

/* Called when a client's bytes have been read into data, and at their end, and on an error. */
static void on_read(uv_stream_t *client, ssize_t n, const uv_buf_t *buffer)
{
	uv_buf_t rest = uv_buf_init(data, n > 0 ? n : 0);

	if (n == UV_EOF) {
		uv_shutdown_t *request = malloc(sizeof(*request));

		if (!request || uv_shutdown(request, client, on_shutdown) < 0) {
			free(request);
			end_client(client, "no memory");
		}
		return;
	}
	if (n < 0) {
		end_client(client, strerror(-n));
		return;
	}
	if (TRY_FIRST) {
		int sent = uv_try_write(client, &rest, 1);

		/* An error is uv_write's to report; UV_EAGAIN is none. */
		if (sent > 0) {
			rest.base += sent;
			rest.len -= sent;
		}
	}
	if (rest.len == 0)
		return;

	struct write *write = malloc(sizeof(*write) + rest.len);

	if (!write) {
		end_client(client, "no memory");
		return;
	}
	memcpy(write->data, rest.base, rest.len);
	rest.base = write->data;
	if (uv_write(&write->request, client, &rest, 1, on_write) < 0) {
		free(write);
		end_client(client, "uv_write failed");
		return;
	}
	if (uv_stream_get_write_queue_size(client) >= MAX_UNSENT)
		uv_read_stop(client);
}

/* Called when a write is complete, or has failed. */
static void on_write(uv_write_t *request, int status)
{
	uv_stream_t *client = request->handle;

	free(request); /* the struct write that begins with it */
	if (status < 0)
		end_client(client, strerror(-status));
	else if (uv_stream_get_write_queue_size(client) == 0)
		uv_read_start(client, on_alloc, on_read);
}

/* Called when a client waits to be accepted. */
static void on_connection(uv_stream_t *listener, int status)
{
	uv_tcp_t *client = malloc(sizeof(*client));

	if (!client) {
		fprintf(stderr, "no memory for a client\n");
		exit(EXIT_FAILURE);
	}
	check(uv_tcp_init(listener->loop, client), "uv_tcp_init");
	if (status < 0 || uv_accept(listener, (uv_stream_t *)client) < 0) {
		uv_close((uv_handle_t *)client, on_close);
		return;
	}
	uv_tcp_nodelay(client, 1); /* if it has left already, on_read will learn so */
	printf("client %d: connected\n", descriptor((uv_stream_t *)client));
	check(uv_read_start((uv_stream_t *)client, on_alloc, on_read), "uv_read_start");
}

int main(int argc, char **argv)
{
	uv_loop_t *loop = uv_default_loop();
	struct sockaddr_in addr;
	int len = sizeof(addr);
	uv_tcp_t listener;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || signal(SIGINT, on_interrupt) == SIG_ERR) {
		perror("signal");
		return EXIT_FAILURE;
	}
	/* On Unix libuv sets SO_REUSEADDR itself, and does not block. */
	uv_ip4_addr("127.0.0.1", argc > 1 ? atoi(argv[1]) : DEFAULT_PORT, &addr);
	check(uv_tcp_init(loop, &listener), "uv_tcp_init");
	check(uv_tcp_bind(&listener, (struct sockaddr *)&addr, 0), "bind");
	check(uv_listen((uv_stream_t *)&listener, SOMAXCONN, on_connection), "bind");
	check(uv_tcp_getsockname(&listener, (struct sockaddr *)&addr, &len), "getsockname");
	printf("listening on 127.0.0.1:%d\n", ntohs(addr.sin_port));
	return uv_run(loop, UV_RUN_DEFAULT);
}
