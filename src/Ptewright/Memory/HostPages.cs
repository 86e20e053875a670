using System.Runtime.InteropServices;

namespace Ptewright.Memory;

/// <summary>Large pieces of memory of the operating system, 2 MiB aligned, on huge pages where Linux gives them.</summary>
internal sealed unsafe partial class HostPages : IDisposable
{
    private const ulong PieceSize = 64 << 20;
    private const int Alignment = 2 << 20;
    private const int AdviseHugePage = 14;

    private readonly List<nint> _pieces = [];
    private byte* _next;
    private ulong _left;

    /// <summary>Takes <paramref name="bytes"/> bytes (a multiple of 2 MiB, at most 64 MiB), aligned to 2 MiB. They are given back all at once.</summary>
    public byte* Take(ulong bytes)
    {
        if (_left < bytes)
        {
            _next = (byte*)NativeMemory.AlignedAlloc((nuint)PieceSize, Alignment);
            _left = PieceSize;
            _pieces.Add((nint)_next);
            AdviseHuge(_next, (nuint)PieceSize);
        }

        byte* taken = _next;
        _next += bytes;
        _left -= bytes;
        return taken;
    }

    /// <summary>Asks for huge pages. Only a hint: where it is refused, ordinary pages do.</summary>
    public static void AdviseHuge(byte* memory, nuint bytes)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Advise(memory, bytes, AdviseHugePage);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (nint piece in _pieces)
        {
            NativeMemory.AlignedFree((void*)piece);
        }

        _pieces.Clear();
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(void* address, nuint length, int advice);
}
