/*
 * Loaded with LD_PRELOAD into step 4: its listening socket becomes an IPv6 one, on [::1] instead of
 * 127.0.0.1, and the program does not notice.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <sys/socket.h>

static int listener_fd = -1;

int socket(int family, int type, int protocol)
{
	int (*next)(int, int, int) = dlsym(RTLD_NEXT, "socket");

	if (family != AF_INET)
		return next(family, type, protocol);
	return listener_fd = next(AF_INET6, type, protocol);
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "bind");
	struct sockaddr_in6 loopback = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};

	if (fd != listener_fd)
		return next(fd, addr, len);
	loopback.sin6_port = ((const struct sockaddr_in *)addr)->sin_port;
	return next(fd, (struct sockaddr *)&loopback, sizeof(loopback));
}

int getsockname(int fd, struct sockaddr *addr, socklen_t *len)
{
	int (*next)(int, struct sockaddr *, socklen_t *) = dlsym(RTLD_NEXT, "getsockname");
	struct sockaddr_in6 loopback;
	socklen_t size = sizeof(loopback);

	if (fd != listener_fd)
		return next(fd, addr, len);
	if (next(fd, (struct sockaddr *)&loopback, &size) < 0)
		return -1;
	*(struct sockaddr_in *)addr =
	    (struct sockaddr_in){.sin_family = AF_INET, .sin_port = loopback.sin6_port};
	return 0;
}
