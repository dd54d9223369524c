/*
 * Loaded with LD_PRELOAD into step 6: no socket has room for bytes. Says on standard error when a
 * client has closed its half. libevent 2.1 calls readv() and writev(); 2.2 calls read() and write()
 * where that will do.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int is_socket(int fd)
{
	int type;
	socklen_t len = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0;
}

ssize_t write(int fd, const void *data, size_t n)
{
	ssize_t (*next)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");

	if (!is_socket(fd))
		return next(fd, data, n);
	errno = EAGAIN;
	return -1;
}

ssize_t writev(int fd, const struct iovec *parts, int n)
{
	errno = EAGAIN;
	return -1;
}

ssize_t read(int fd, void *data, size_t n)
{
	ssize_t (*next)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
	ssize_t got = next(fd, data, n);

	if (got == 0 && is_socket(fd))
		fprintf(stderr, "half closed\n");
	return got;
}

ssize_t readv(int fd, const struct iovec *parts, int n)
{
	ssize_t (*next)(int, const struct iovec *, int) = dlsym(RTLD_NEXT, "readv");
	ssize_t got = next(fd, parts, n);

	if (got == 0)
		fprintf(stderr, "half closed\n");
	return got;
}
