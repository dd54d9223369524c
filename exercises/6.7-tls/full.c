/* Loaded with LD_PRELOAD into step 6: no socket has room for bytes while the file $FULL is there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

ssize_t write(int fd, const void *data, size_t n)
{
	ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
	int type;
	socklen_t len = sizeof(type);

	if (access(getenv("FULL"), F_OK) == 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return next(fd, data, n);
}
