/*
 * Loaded with LD_PRELOAD into step 6: the second send() takes half of its bytes, as that of a
 * socket does which has no room for more.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/socket.h>

ssize_t send(int fd, const void *data, size_t n, int flags)
{
	ssize_t (*next)(int, const void *, size_t, int) = dlsym(RTLD_NEXT, "send");
	static int count;

	return next(fd, data, ++count == 2 && n > 1 ? n / 2 : n, flags);
}
