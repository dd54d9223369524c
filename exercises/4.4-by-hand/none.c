/* Loaded with LD_PRELOAD into step 4: there are no bufferevents. */
#include <errno.h>
#include <stddef.h>

void *bufferevent_socket_new(void *base, int fd, int options)
{
	errno = ENOSYS;
	return NULL;
}
