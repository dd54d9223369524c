/* Says hello over HTTP. The text is README.md beside it. */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static void on_request(struct evhttp_request *request, void *arg)
{
	struct evbuffer *body = evbuffer_new();

	printf("%s\n", evhttp_request_get_uri(request));
	if (!body || evbuffer_add_printf(body, "hello\n") < 0)
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
	else
		evhttp_send_reply(request, HTTP_OK, "OK", body);
	if (body)
		evbuffer_free(body); /* the reply has taken the bytes */
}

static void on_interrupt(evutil_socket_t signal_number, short what, void *base)
{
	event_base_loopexit(base, NULL);
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = {0};
	socklen_t len = sizeof(addr);
	struct event_base *base = event_base_new();
	struct evhttp *http = base ? evhttp_new(base) : NULL;
	struct event *interrupt = event_new(base, SIGINT, EV_SIGNAL, on_interrupt, base);
	struct evhttp_bound_socket *bound = NULL;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (http)
		bound = evhttp_bind_socket_with_handle(http, "127.0.0.1",
						       argc > 1 ? atoi(argv[1]) : 10000);
	if (!bound || !interrupt || event_add(interrupt, NULL) < 0) {
		perror("evhttp_bind_socket");
		return EXIT_FAILURE;
	}
	evhttp_set_gencb(http, on_request, NULL); /* all paths; evhttp_set_cb takes one */
	evhttp_set_timeout(http, 10);             /* seconds that a client may be silent */
	evhttp_set_max_body_size(http, 65536);
	getsockname(evhttp_bound_socket_get_fd(bound), (struct sockaddr *)&addr, &len);
	printf("listening on 127.0.0.1:%d\n", ntohs(addr.sin_port));
	event_base_dispatch(base);
	evhttp_free(http);
	event_free(interrupt);
	event_base_free(base);
	return EXIT_SUCCESS;
}
