using System.Globalization;
using System.Runtime.InteropServices;

namespace Ptewright.Memory;

/// <summary>Memory outside the garbage collector's: everything that this library holds there is one of these.</summary>
/// <remarks>
/// <para>Disposed of twice it is freed once; forgotten it is freed by its finalizer; a pointer asked for afterwards is an <see cref="ObjectDisposedException"/>. Whoever keeps a pointer
/// across calls of others holds the block meanwhile (<see cref="SafeHandle.DangerousAddRef"/>), and then it is freed when the last one lets go.</para>
/// <para>With <see cref="IsGuarded"/> every block lies between two pages that may not be touched, its end at the second one, so that an access outside ends the process where it
/// happens. docs/memory-safety.md says what each pointer into a block may rely on.</para>
/// </remarks>
#pragma warning disable CA2216 // The base class has the finalizer.
internal sealed unsafe partial class NativeBlock : SafeHandle
#pragma warning restore CA2216
{
    /// <summary>The environment variable that makes all blocks guarded: <c>1</c>.</summary>
    public const string GuardVariable = "PTEWRIGHT_GUARD";

    private const ulong SystemPage = 1 << 16; // The largest that Linux has on arm64.
    private const ulong HugePage = 2 << 20;
    private const int AdviseHugePage = 14;
    private const int AdviseNoHugePage = 15;
    private const int AdviseDontNeed = 4;
    private const int ProtectNone = 0;
    private const int ProtectReadWrite = 3;
    private const int PrivateAnonymousUnreserved = 0x4022;
    private static readonly nint _mapFailed = -1;
    private static long _inUse;

    // Where what is given back begins; a mapping has a length, what came from the allocator has none.
    private nint _start;
    private ulong _mappedBytes;
    private bool _isAligned;

    private NativeBlock(ulong bytes)
        : base(0, ownsHandle: true) => Length = bytes;

    /// <summary>Whether new blocks are guarded; only on Linux. <see cref="GuardVariable"/> says so at the start.</summary>
    public static bool IsGuarded { get; set; } = OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(GuardVariable) == "1";

    /// <summary>How many bytes of blocks there are and are not freed yet.</summary>
    public static long BytesInUse => Interlocked.Read(ref _inUse);

    /// <summary>The length in bytes.</summary>
    public ulong Length { get; }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The first byte.</summary>
    /// <exception cref="ObjectDisposedException">The block is gone.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return (byte*)handle;
        }
    }

    /// <summary>Takes memory with anything in it: on huge pages, where it is large and the system gives them, because reading tables at random is bound by the TLB otherwise.</summary>
    /// <param name="bytes">How many bytes, at least 1.</param>
    /// <param name="alignment">A power of two, at most 2 MiB, that the first byte is a multiple of.</param>
    /// <exception cref="OutOfMemoryException">There is not so much.</exception>
    public static NativeBlock Take(ulong bytes, ulong alignment = 1 << 16)
    {
        if (IsGuarded)
        {
            return Reserve(bytes, alignment);
        }

        NativeBlock block = new(bytes);
        bool isLarge = bytes >= HugePage;
        nuint whole = (nuint)(isLarge ? (bytes + HugePage - 1) & ~(HugePage - 1) : bytes);
        block.handle = (nint)NativeMemory.AlignedAlloc(whole, (nuint)(isLarge ? HugePage : alignment));
        block._isAligned = true;
        block.CountIn();
        if (isLarge && OperatingSystem.IsLinux())
        {
            // Only a hint: where it is refused, ordinary pages do.
            _ = Advise(block.handle, whole, AdviseHugePage);
        }

        return block;
    }

    /// <summary>Takes memory that is zero and, on Linux, costs only what is touched of it, in ordinary pages: it may be larger than the computer's.</summary>
    /// <param name="bytes">How many bytes, at least 1.</param>
    /// <param name="alignment">A power of two that the first byte is a multiple of.</param>
    /// <exception cref="OutOfMemoryException">There is not so much, or not so much address space.</exception>
    public static NativeBlock Reserve(ulong bytes, ulong alignment = 8)
    {
        NativeBlock block = new(bytes);
        ulong guard = IsGuarded ? SystemPage : 0;
        if (bytes > long.MaxValue - (4 * SystemPage) - alignment)
        {
            throw NotEnough(bytes);
        }

        if (OperatingSystem.IsLinux())
        {
            block._mappedBytes = ((bytes + alignment + SystemPage - 1) & ~(SystemPage - 1)) + (2 * guard);
            block._start = Map(0, (nuint)block._mappedBytes, guard != 0 ? ProtectNone : ProtectReadWrite, PrivateAnonymousUnreserved, -1, 0);
            if (block._start == _mapFailed)
            {
                throw NotEnough(bytes);
            }

            block.Place(guard, alignment);
        }
        else
        {
            block._start = (nint)NativeMemory.AllocZeroed((nuint)(bytes + alignment));
            block.handle = (nint)(((ulong)block._start + alignment - 1) & ~(alignment - 1));
        }

        block.CountIn();
        return block;
    }

    /// <summary>Some of the bytes.</summary>
    /// <param name="offset">The first one.</param>
    /// <param name="bytes">How many.</param>
    /// <exception cref="ObjectDisposedException">The block is gone.</exception>
    /// <exception cref="ArgumentOutOfRangeException">Not all of them are in the block.</exception>
    public Span<byte> Span(ulong offset, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)(uint)bytes, Length - offset, nameof(bytes));
        return new Span<byte>(Pointer + offset, bytes);
    }

    /// <summary>Gives back what bytes that are zero cost; they stay zero.</summary>
    /// <param name="offset">The first one.</param>
    /// <param name="bytes">How many; all of them zero, and in a block of <see cref="Reserve"/>.</param>
    public void ForgetZeros(ulong offset, int bytes)
    {
        Span<byte> zeros = Span(offset, bytes);
        fixed (byte* first = zeros)
        {
            ulong from = ((ulong)first + SystemPage - 1) & ~(SystemPage - 1);
            ulong to = ((ulong)first + (ulong)zeros.Length) & ~(SystemPage - 1);
            if (_mappedBytes != 0 && to > from)
            {
                _ = Advise((nint)from, (nuint)(to - from), AdviseDontNeed);
            }
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _ = Interlocked.Add(ref _inUse, -(long)Length);
        if (_mappedBytes != 0)
        {
            return Unmap(_start, (nuint)_mappedBytes) == 0;
        }

        if (_isAligned)
        {
            NativeMemory.AlignedFree((void*)handle);
        }
        else
        {
            NativeMemory.Free((void*)_start);
        }

        GC.RemoveMemoryPressure((long)Length);
        return true;
    }

    // Between its guards a block ends where the second one begins, up to a page that it does not fill: reading on is the commoner mistake.
    private void Place(ulong guard, ulong alignment)
    {
        if (guard == 0)
        {
            handle = (nint)(((ulong)_start + alignment - 1) & ~(alignment - 1));
            _ = Advise(_start, (nuint)_mappedBytes, AdviseNoHugePage);
            return;
        }

        ulong page = (ulong)Environment.SystemPageSize;
        ulong end = (ulong)_start + _mappedBytes - guard;
        handle = (nint)((end - Length) & ~(alignment - 1));
        ulong first = (ulong)handle & ~(page - 1);
        ulong behind = ((ulong)handle + Length + page - 1) & ~(page - 1);
        if (Protect((nint)first, (nuint)(behind - first), ProtectReadWrite) != 0)
        {
            _ = Unmap(_start, (nuint)_mappedBytes);
            handle = 0;
            throw NotEnough(Length);
        }
    }

    // An OutOfMemoryException, as the allocator's own.
    private static InsufficientMemoryException NotEnough(ulong bytes) => new(string.Create(CultureInfo.InvariantCulture, $"There is no room in memory for {bytes} bytes."));

    private void CountIn()
    {
        _ = Interlocked.Add(ref _inUse, (long)Length);
        if (_mappedBytes == 0)
        {
            GC.AddMemoryPressure((long)Length);
        }
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Advise(nint address, nuint length, int advice);
}
