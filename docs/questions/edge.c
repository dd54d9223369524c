/* Counts the calls for five bytes, read one by one. The text is README.md beside it. */
#include <event2/event.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void on_byte(evutil_socket_t fd, short what, void *calls)
{
	char byte;

	if (read(fd, &byte, 1) == 1)
		++*(int *)calls;
}

/* Returns how often on_byte is called when this flag is added to the event, or -1. */
static int calls_with(short flag)
{
	int fds[2], calls = 0;
	struct event_base *base = event_base_new();

	if (!base || pipe(fds) < 0 || evutil_make_socket_nonblocking(fds[0]) < 0)
		return -1;

	struct event *byte = event_new(base, fds[0], EV_READ | EV_PERSIST | flag, on_byte, &calls);

	if (!byte || event_add(byte, NULL) < 0 || write(fds[1], "hello", 5) < 0)
		return -1;
	for (int turn = 0; turn < 10; turn++)
		event_base_loop(base, EVLOOP_NONBLOCK);
	event_free(byte);
	event_base_free(base);
	close(fds[0]);
	close(fds[1]);
	return calls;
}

int main(void)
{
	printf("level-triggered: %d calls\n", calls_with(0));
	printf("edge-triggered: %d call\n", calls_with(EV_ET));
	return EXIT_SUCCESS;
}
