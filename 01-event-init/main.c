/* libevent, step by step. The text about this program is README.md beside it. */
#include <event2/event.h>

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
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

	event_base_free(base);
	return EXIT_SUCCESS;
}
