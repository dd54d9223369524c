/* fork() after event_base_new: "fork" alone, or "fork reinit". The text is README.md beside it. */
#include <event2/event.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int calls;

static void on_byte(evutil_socket_t fd, short what, void *arg)
{
	calls++;
}

int main(int argc, char **argv)
{
	int fds[2];
	struct event_base *base = event_base_new();

	if (!base || pipe(fds) < 0 || evutil_make_socket_nonblocking(fds[0]) < 0)
		return EXIT_FAILURE;

	struct event *byte = event_new(base, fds[0], EV_READ, on_byte, NULL);

	if (!byte || event_add(byte, NULL) < 0)
		return EXIT_FAILURE;

	pid_t child = fork();

	if (child < 0)
		return EXIT_FAILURE;
	if (child == 0) {
		/* Gives the child an epoll of its own, with the same events in it. */
		if (argc > 1 && event_reinit(base) < 0)
			_exit(EXIT_FAILURE);
		event_free(byte); /* the child has no use for it */
		event_base_free(base);
		_exit(EXIT_SUCCESS);
	}
	if (waitpid(child, NULL, 0) < 0 || write(fds[1], "!", 1) < 0)
		return EXIT_FAILURE;
	event_base_loop(base, EVLOOP_NONBLOCK);
	printf("calls in the parent: %d\n", calls);
	event_free(byte);
	event_base_free(base);
	close(fds[0]);
	close(fds[1]);
	return EXIT_SUCCESS;
}
