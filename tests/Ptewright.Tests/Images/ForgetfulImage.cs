using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Images;

namespace Ptewright.Tests.Images;

/// <summary>Another image through the worst windows that are allowed: each shows what was asked for and nothing else, in memory of its own, which is spoilt as soon as it need not be good.</summary>
/// <param name="inner">The image; it stays the caller's.</param>
internal sealed unsafe class ForgetfulImage(MemoryImage inner) : MemoryImage
{
    /// <summary>What a window holds that is good no more: a valid page, or a table, somewhere.</summary>
    public const ulong Spoilt = 0x0060_dead_beef_f7ff;

    private const int Page = 4096;

    public override string Name => inner.Name;

    public override IReadOnlyList<MemorySegment> Segments => inner.Segments;

    public override ImageRegisters Registers => inner.Registers;

    /// <summary>Pages that are not as the image has them.</summary>
    public Dictionary<ulong, MemoryPresence> Pages { get; } = [];

    /// <summary>Whether windows show all of a segment instead.</summary>
    public bool IsWide { get; init; }

    /// <summary>How many windows were given by all readers.</summary>
    public int Windows { get; private set; }

    public override MemoryReader OpenReader()
    {
        MemoryReader reader = inner.OpenReader();
        List<nint> given = [];
        List<int> lengths = [];
        return new MemoryReader(
            (address, bytes) =>
            {
                Windows++;
                int old = given.Count - MemoryReader.WindowsKept;
                if (old >= 0)
                {
                    Spoil(given[old], lengths[old]);
                }

                for (ulong page = address.Value / Page; page <= (address.Value + (ulong)bytes - 1) / Page; page++)
                {
                    if (Pages.TryGetValue(page * Page, out MemoryPresence presence))
                    {
                        return Remember(0, 0, MemoryWindow.Without(presence));
                    }
                }

                MemoryWindow original = reader.WindowAt(address, bytes);
                if (original.Presence != MemoryPresence.Present)
                {
                    return Remember(0, 0, original);
                }

                if (IsWide)
                {
                    MemorySegment segment = inner.Segments.Last(segment => segment.Start <= address);
                    (address, bytes) = (segment.Start, (int)segment.Size);
                }

                byte* copy = (byte*)NativeMemory.Alloc((nuint)bytes);
                _ = inner.TryRead(address, new Span<byte>(copy, bytes));
                return Remember((nint)copy, bytes, new MemoryWindow(address, (ulong)bytes, copy));
            },
            () =>
            {
                reader.Dispose();
                for (int i = 0; i < given.Count; i++)
                {
                    NativeMemory.Free((void*)given[i]);
                }
            });

        MemoryWindow Remember(nint copy, int bytes, MemoryWindow window)
        {
            given.Add(copy);
            lengths.Add(bytes);
            return window;
        }
    }

    private static void Spoil(nint copy, int bytes)
    {
        for (int i = 0; i < bytes / 8; i++)
        {
            ((ulong*)copy)[i] = Spoilt;
        }
    }

    protected override void Dispose(bool disposing)
    {
    }
}
