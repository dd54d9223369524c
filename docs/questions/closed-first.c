/* Closes a descriptor of which there is a copy, before its event. The text is README.md beside it.
 */
#include <event2/event.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const struct timeval a_second = {.tv_sec = 1};

static void on_byte(evutil_socket_t fd, short what, void *arg)
{
	printf("never called\n");
}

/* "closed-first" does it wrong, "closed-first right" deletes the event before the close. */
int main(int argc, char **argv)
{
	int fds[2];
	struct event_base *base = event_base_new();

	if (!base || pipe(fds) < 0 || evutil_make_socket_nonblocking(fds[0]) < 0)
		return EXIT_FAILURE;

	struct event *byte = event_new(base, fds[0], EV_READ | EV_PERSIST, on_byte, NULL);
	int copy = dup(fds[0]); /* or a child process has it */

	if (!byte || copy < 0 || event_add(byte, NULL) < 0)
		return EXIT_FAILURE;
	event_base_loop(base, EVLOOP_NONBLOCK);
	if (argc > 1)
		event_del(byte);
	close(fds[0]);
	event_free(byte);
	if (write(fds[1], "!", 1) < 0 || event_base_loopexit(base, &a_second) < 0)
		return EXIT_FAILURE;
	event_base_dispatch(base); /* only that second is left to wait for */
	printf("%ld ms of CPU time\n", (long)clock() * 1000 / CLOCKS_PER_SEC);
	event_base_free(base);
	close(copy);
	close(fds[1]);
	return EXIT_SUCCESS;
}
