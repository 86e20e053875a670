using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Ptewright.Tests.Discovery;

/// <summary>A first program for a kernel: it makes three more of itself, gives them a second to run, says READY, and all four sleep.</summary>
internal static class TinyInit
{
    private const ulong Address = 0x40_0000;
    private const int CodeAt = 64 + 56;

    // Has memory that the kernel itself does not see, where the kernel knows that (memfd_secret, from 5.14 on), and touches its first page.
    private static readonly uint[] _secret =
    [
        0xd28037e8, // mov x8, #447, memfd_secret
        0xd2800000, // mov x0, #0
        0xd4000001, // svc #0
        0xb7f801c0, // tbnz x0, #63, past the end
        0xaa0003f3, // mov x19, x0
        0xd28005c8, // mov x8, #46, ftruncate
        0xd2a00021, // mov x1, #0x10000
        0xd4000001, // svc #0
        0xd2801bc8, // mov x8, #222, mmap
        0xd2800000, // mov x0, #0
        0xd2a00021, // mov x1, #0x10000
        0xd2800062, // mov x2, #3, read and write
        0xd2800023, // mov x3, #1, shared
        0xaa1303e4, // mov x4, x19
        0xd2800005, // mov x5, #0
        0xd4000001, // svc #0
        0x3900001f, // strb wzr, [x0]
    ];

    private static readonly uint[] _code =
    [
        0xd2800073, // mov x19, #3
        0xd2801b88, // again: mov x8, #220, clone
        0xd2800220, // mov x0, #17, SIGCHLD
        0xaa1f03e1, // mov x1, xzr
        0xaa1f03e2, // mov x2, xzr
        0xaa1f03e3, // mov x3, xzr
        0xaa1f03e4, // mov x4, xzr
        0xd4000001, // svc #0
        0xb4000180, // cbz x0, sleep
        0xf1000673, // subs x19, x19, #1
        0x54fffee1, // b.ne again
        0xd2800ca8, // mov x8, #101, nanosleep
        0x10000220, // adr x0, time
        0xaa1f03e1, // mov x1, xzr
        0xd4000001, // svc #0
        0xd2800808, // mov x8, #64, write
        0xd2800020, // mov x0, #1
        0x10000141, // adr x1, text
        0xd28000c2, // mov x2, #6
        0xd4000001, // svc #0
        0xd2800928, // sleep: mov x8, #73, ppoll without end
        0xaa1f03e0, // mov x0, xzr
        0xaa1f03e1, // mov x1, xzr
        0xaa1f03e2, // mov x2, xzr
        0xaa1f03e3, // mov x3, xzr
        0xd4000001, // svc #0
        0x17fffffa, // b sleep
    ];

    /// <summary>How many programs there are then.</summary>
    public const int Programs = 4;

    /// <summary>Writes the archive that a kernel unpacks at boot.</summary>
    /// <param name="path">Where.</param>
    /// <param name="keepsSecret">Whether the programs have memory that the kernel does not see.</param>
    public static void Write(string path, bool keepsSecret = false)
    {
        using MemoryStream archive = new();
        Entry(archive, "dev", 0x41ed, []);
        Entry(archive, "dev/console", 0x2180, [], 5, 1);
        Entry(archive, "init", 0x81ed, Program(keepsSecret));
        Entry(archive, "TRAILER!!!", 0, []);
        File.WriteAllBytes(path, archive.ToArray());
    }

    private static byte[] Program(bool keepsSecret)
    {
        byte[] code = [.. MemoryMarshal.AsBytes<uint>([.. keepsSecret ? _secret : [], .. _code]), .. "READY\n\0\0"u8, .. BitConverter.GetBytes(1L), .. BitConverter.GetBytes(0L)];
        byte[] file = new byte[CodeAt + code.Length];
        ReadOnlySpan<byte> head = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        head.CopyTo(file);
        BitConverter.GetBytes(2 | (183 << 16)).CopyTo(file, 16);
        BitConverter.GetBytes(1).CopyTo(file, 20);
        BitConverter.GetBytes(Address + CodeAt).CopyTo(file, 24);
        BitConverter.GetBytes(64L).CopyTo(file, 32);
        BitConverter.GetBytes((short)64).CopyTo(file, 52);
        BitConverter.GetBytes(56 | (1 << 16)).CopyTo(file, 54);
        BitConverter.GetBytes(1L | (5L << 32)).CopyTo(file, 64);
        BitConverter.GetBytes(Address).CopyTo(file, 80);
        BitConverter.GetBytes(Address).CopyTo(file, 88);
        BitConverter.GetBytes((long)file.Length).CopyTo(file, 96);
        BitConverter.GetBytes((long)file.Length).CopyTo(file, 104);
        BitConverter.GetBytes(0x1_0000L).CopyTo(file, 112);
        code.CopyTo(file, CodeAt);
        return file;
    }

    // The form "newc" of cpio.
    private static void Entry(MemoryStream archive, string name, int mode, byte[] data, int major = 0, int minor = 0)
    {
        int[] fields = [(int)archive.Length + 1, mode, 0, 0, 1, 0, data.Length, 0, 0, major, minor, name.Length + 1, 0];
        archive.Write(Encoding.ASCII.GetBytes("070701" + string.Concat(fields.Select(field => field.ToString("X8", CultureInfo.InvariantCulture))) + name + "\0"));
        Pad(archive);
        archive.Write(data);
        Pad(archive);
    }

    private static void Pad(MemoryStream archive) => archive.Write(new byte[-(int)archive.Length & 3]);
}
