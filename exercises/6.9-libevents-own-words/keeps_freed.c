/* Loaded into the program: memory that is freed is not used again at once, so a copy is seen as
 * one. */
#define _GNU_SOURCE
#include <dlfcn.h>

void free(void *memory)
{
	void (*next)(void *) = dlsym(RTLD_NEXT, "free");
	static void *kept[64];
	static unsigned count;
	void **place = &kept[count++ % 64];
	void *oldest = *place;

	*place = memory;
	next(oldest);
}
