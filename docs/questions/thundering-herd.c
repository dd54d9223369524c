/* One client, four threads that wait for it on one socket. The text is README.md beside it. */
#include <event2/event.h>

#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 4 };
static int listener_fd;
static atomic_int woken, accepted;

static void on_connection(evutil_socket_t fd, short what, void *base)
{
	woken++;
	for (int i = 0; i < 100 && woken < THREADS; i++)
		usleep(20000);                          /* until all have seen it, or two seconds */
	accepted += close(accept(fd, NULL, NULL)) == 0; /* close(-1) fails, too */
	event_base_loopbreak(base);
}

static void *wait_for_clients(void *arg)
{
	struct event_base *base = event_base_new();
	struct event *listener = event_new(base, listener_fd, EV_READ, on_connection, base);

	if (!base || !listener || event_add(listener, NULL) < 0)
		exit(EXIT_FAILURE);
	event_base_loopexit(base, &(struct timeval){.tv_sec = 2});
	event_base_dispatch(base);
	event_free(listener);
	event_base_free(base);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	struct sockaddr_in addr = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(addr);
	int client_fd = socket(AF_INET, SOCK_STREAM, 0);

	listener_fd = socket(AF_INET, SOCK_STREAM, 0);
	if (evutil_make_socket_nonblocking(listener_fd) < 0 ||
	    bind(listener_fd, (struct sockaddr *)&addr, len) < 0 || listen(listener_fd, 1) < 0 ||
	    getsockname(listener_fd, (struct sockaddr *)&addr, &len) < 0)
		return EXIT_FAILURE;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, wait_for_clients, NULL) != 0)
			return EXIT_FAILURE;
	if (connect(client_fd, (struct sockaddr *)&addr, len) < 0)
		return EXIT_FAILURE;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("woken: %d, accepted: %d\n", woken, accepted);
	return EXIT_SUCCESS;
}
