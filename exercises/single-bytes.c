/*
 * Loaded with LD_PRELOAD into step 6: libevent asks how many bytes have come, and hears that there
 * is one, so that it reads them one by one. And sockets have little room for what is sent.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int ioctl(int fd, unsigned long request, ...)
{
	int (*next)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
	va_list arguments;

	va_start(arguments, request);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);

	int status = next(fd, request, argument);

	if (request == FIONREAD && status == 0 && *(int *)argument > 1)
		*(int *)argument = 1;
	return status;
}

/* A client's socket inherits that from the listener. */
int socket(int domain, int type, int protocol)
{
	int (*next)(int, int, int) = dlsym(RTLD_NEXT, "socket");
	int fd = next(domain, type, protocol);
	int size = 4096;

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	return fd;
}
