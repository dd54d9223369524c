/* An event on standard input, whatever that is. The text is README.md beside it. */
#include <event2/event.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Called when there is something to read, or the end. */
static void on_input(evutil_socket_t fd, short what, void *arg)
{
	char data[1024];
	ssize_t n = read(fd, data, sizeof(data));

	if (n > 0)
		printf("%zd bytes\n", n);
	else
		event_del(arg); /* the end: nothing is left to wait for */
}

int main(void)
{
	struct event_base *base = event_base_new();

	/* event_self_cbarg: the callback's argument is the event itself. */
	struct event *input =
	    event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, event_self_cbarg());

	if (!base || !input)
		return EXIT_FAILURE;
	if (event_add(input, NULL) < 0)
		perror("event_add");
	event_base_dispatch(base);
	event_free(input);
	event_base_free(base);
	return EXIT_SUCCESS;
}
