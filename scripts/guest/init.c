/*
 * The first program of a guest, without a C library: it does what the kernel's command line says behind "--", then prints "guest: done" and sleeps.
 *
 *   show:FILE     prints a file, between "guest: begin FILE" and "guest: end"
 *   put:TEXT:FILE a process of its own writes TEXT into FILE: what goes wrong on the way ends that process, not the guest
 *   secret        keeps three pages of memory from the kernel itself (memfd_secret)
 */
#include <stddef.h>

#define CALL_MKDIRAT 34
#define CALL_FTRUNCATE 46
#define CALL_MOUNT 40
#define CALL_OPENAT 56
#define CALL_CLOSE 57
#define CALL_READ 63
#define CALL_WRITE 64
#define CALL_PPOLL 73
#define CALL_EXIT 93
#define CALL_CLONE 220
#define CALL_MMAP 222
#define CALL_WAIT4 260
#define CALL_MEMFD_SECRET 447

#define HERE (-100)
#define SECRET_SIZE 196608
#define READ_WRITE 3
#define SHARED 1
#define WRITE_ONLY 1
#define CHILD_ENDS 17

static long call6(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}

static long call(long number, long a, long b, long c, long d, long e)
{
	return call6(number, a, b, c, d, e, 0);
}

static size_t length(const char *text)
{
	size_t count = 0;

	while (text[count])
		count++;
	return count;
}

static void print(const char *text, size_t size)
{
	while (size > 0) {
		long written = call(CALL_WRITE, 1, (long)text, (long)size, 0, 0);

		if (written <= 0)
			return;
		text += written;
		size -= (size_t)written;
	}
}

static void say(const char *text)
{
	print(text, length(text));
}

static void show(const char *path)
{
	/* Not all zeroes: kernels before 6.10 do not start a program that has zeroes alone in a segment. */
	static char buffer[16384] = "-";
	long file = call(CALL_OPENAT, HERE, (long)path, 0, 0, 0);
	long size;

	say("\nguest: begin ");
	say(path);
	say("\n");
	while (file >= 0 && (size = call(CALL_READ, file, (long)buffer, sizeof(buffer), 0, 0)) > 0)
		print(buffer, (size_t)size);
	say(file < 0 ? "guest: cannot open it\n" : "guest: end\n");
	if (file >= 0)
		call(CALL_CLOSE, file, 0, 0, 0, 0);
}

static void put(char *text)
{
	char *path = text;
	long child;

	while (*path && *path != ':')
		path++;
	if (!*path)
		return;
	*path++ = 0;
	child = call(CALL_CLONE, CHILD_ENDS, 0, 0, 0, 0);
	if (child == 0) {
		long file = call(CALL_OPENAT, HERE, (long)path, WRITE_ONLY, 0, 0);

		if (file >= 0)
			call(CALL_WRITE, file, (long)text, (long)length(text), 0, 0);
		call(CALL_EXIT, file < 0, 0, 0, 0, 0);
	}
	call(CALL_WAIT4, child, 0, 0, 0, 0);
}

static void keep_secret(void)
{
	long file = call(CALL_MEMFD_SECRET, 0, 0, 0, 0, 0);
	long memory;
	long at;

	if (file < 0 || call(CALL_FTRUNCATE, file, SECRET_SIZE, 0, 0, 0) < 0) {
		say("guest: no secret memory here\n");
		return;
	}
	memory = call6(CALL_MMAP, 0, SECRET_SIZE, READ_WRITE, SHARED, file, 0);
	for (at = 0; memory > 0 && at < SECRET_SIZE; at += SECRET_SIZE / 3)
		*(volatile char *)(memory + at) = 1;
	say("guest: has secret memory\n");
}

static char *after(char *text, const char *start)
{
	while (*start)
		if (*text++ != *start++)
			return NULL;
	return text;
}

static void mount(const char *kind, const char *place)
{
	call(CALL_MKDIRAT, HERE, (long)place, 0755, 0, 0);
	call(CALL_MOUNT, (long)kind, (long)place, (long)kind, 0, 0);
}

__attribute__((used)) void run(long *stack)
{
	long count = stack[0];
	char **words = (char **)(stack + 1);
	long i;

	mount("proc", "/proc");
	mount("sysfs", "/sys");
	mount("debugfs", "/sys/kernel/debug");
	for (i = 1; i < count; i++) {
		char *value;

		if ((value = after(words[i], "show:")))
			show(value);
		else if ((value = after(words[i], "put:")))
			put(value);
		else if (after(words[i], "secret"))
			keep_secret();
	}
	say("\nguest: done\n");
	for (;;)
		call(CALL_PPOLL, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start: mov x0, sp\n\tb run\n");
