/*
 * Loaded with LD_PRELOAD into step 6: no socket has room for bytes. Says on standard error when a
 * client has closed its half.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <sys/uio.h>

ssize_t writev(int fd, const struct iovec *parts, int n)
{
	errno = EAGAIN;
	return -1;
}

ssize_t readv(int fd, const struct iovec *parts, int n)
{
	ssize_t (*next)(int, const struct iovec *, int) = dlsym(RTLD_NEXT, "readv");
	ssize_t got = next(fd, parts, n);

	if (got == 0)
		fprintf(stderr, "half closed\n");
	return got;
}
