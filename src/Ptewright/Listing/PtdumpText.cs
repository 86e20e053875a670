using Ptewright.Addressing;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Translation;

namespace Ptewright.Listing;

/// <summary>Merges entries into ranges and writes a line for each, with the markers that are reached between them.</summary>
/// <remarks>
/// A marker is looked at only when an entry begins, and at most two are written for one entry: a hole that spans a marker is not split there,
/// and markers that crowd below one entry come out two by two. Linux: <c>note_page</c>.
/// </remarks>
internal sealed class PtdumpText
{
    private const int NotStarted = -1;
    private const int BufferLength = 16 << 10;

    // Longer than any line: addresses, size and level take 56 characters, the columns less than 60.
    private const int LongestLine = 256;

    private readonly TextWriter _output;
    private readonly PtdumpFormat _format;
    private readonly TableGeometry _geometry;
    private readonly IReadOnlyList<PtdumpMarker> _markers;
    private readonly ulong[] _reachedBy;
    private readonly char[] _buffer = new char[BufferLength];
    private int _length;
    private int _marker;
    private int _depth = NotStarted;
    private ulong _start;

    /// <summary>Starts a listing.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="format">The kernel's way of writing.</param>
    /// <param name="geometry">The shape of the tables.</param>
    /// <param name="markers">The markers, at least one, in order.</param>
    public PtdumpText(TextWriter output, PtdumpFormat format, in TableGeometry geometry, IReadOnlyList<PtdumpMarker> markers)
    {
        _output = output;
        _format = format;
        _geometry = geometry;
        _markers = markers;
        _reachedBy = new ulong[markers.Count];
        NextMarker = MarkerBehind(0);
        if (format.IsEarly)
        {
            Open(0, 0, 0);
        }
    }

    /// <summary>The bits of the range that is open.</summary>
    public ulong Bits { get; private set; }

    /// <summary>Where the next marker lies: an entry that begins there or above ends the open range.</summary>
    public ulong NextMarker { get; private set; }

    /// <summary>The next entry.</summary>
    /// <param name="address">Where it begins.</param>
    /// <param name="depth">Its depth, 0 to 4.</param>
    /// <param name="entry">The entry; 0 for a hole.</param>
    public void Note(ulong address, int depth, ulong entry) => Step(address, depth, entry & _format.Mask);

    /// <summary>Closes the last range at 2^64, printed as 0, and writes out what is buffered.</summary>
    public void Finish()
    {
        Step(0, NotStarted, 0);
        Flush();
    }

    /// <summary>Whether the marker at an address was written, and before an entry that begins right there: only then its place shows.</summary>
    /// <param name="address">The address of a marker.</param>
    public bool ShowsPlaceOf(VirtualAddress address)
    {
        for (int i = 1; i <= _marker; i++)
        {
            if (_markers[i].Address == address && _reachedBy[i] == address.Value)
            {
                return true;
            }
        }

        return false;
    }

    private void Step(ulong address, int depth, ulong bits)
    {
        if (_depth == NotStarted)
        {
            WriteMarker();
            Open(address, depth, bits);
        }
        else if (bits != Bits || depth != _depth || address >= NextMarker)
        {
            WriteRange(address);
            PassMarker(address);
            Open(address, depth, bits);
        }

        PassMarker(address);
    }

    private void Open(ulong address, int depth, ulong bits)
    {
        _start = address;
        _depth = depth;
        Bits = bits;
    }

    private void PassMarker(ulong address)
    {
        if (address >= NextMarker)
        {
            _marker++;
            _reachedBy[_marker] = address;
            NextMarker = MarkerBehind(_marker);
            WriteMarker();
        }
    }

    private ulong MarkerBehind(int index) => index + 1 < _markers.Count ? _markers[index + 1].Address.Value : ulong.MaxValue;

    private void WriteMarker()
    {
        MakeRoom();
        Append("---[ ");
        Append(_markers[_marker].Name);
        Append(" ]---\n");
    }

    private void WriteRange(ulong end)
    {
        MakeRoom();
        AppendAddress(_start);
        Append("-");
        AppendAddress(end);
        Append("   ");
        AppendSize(end - _start);
        Append(" ");
        Append(_format.LevelName(_geometry, _depth));
        if (Bits != 0)
        {
            foreach (ref readonly PtdumpColumn column in _format.Columns.AsSpan())
            {
                string? text = (Bits & column.Mask) == column.Value ? column.Set : column.Clear;
                if (text is not null)
                {
                    Append(" ");
                    Append(text);
                }
            }
        }

        Append("\n");
    }

    private void AppendAddress(ulong address)
    {
        Append("0x");
        _ = address.TryFormat(_buffer.AsSpan(_length), out int written, "x16");
        _length += written;
    }

    // Nine columns, in the largest unit that leaves no rest.
    private void AppendSize(ulong bytes)
    {
        const string units = "KMGTPE";
        const int columns = 9;
        ulong size = bytes >> 10;
        int unit = 0;
        while ((size & 1023) == 0 && unit < units.Length - 1)
        {
            size >>= 10;
            unit++;
        }

        Span<char> digits = stackalloc char[20];
        _ = size.TryFormat(digits, out int count);
        int padding = Math.Max(0, columns - count);
        _buffer.AsSpan(_length, padding).Fill(' ');
        _length += padding;
        Append(digits[..count]);
        Append(units.AsSpan(unit, 1));
    }

    private void Append(ReadOnlySpan<char> text)
    {
        text.CopyTo(_buffer.AsSpan(_length));
        _length += text.Length;
    }

    private void MakeRoom()
    {
        if (_length > BufferLength - LongestLine)
        {
            Flush();
        }
    }

    private void Flush()
    {
        _output.Write(_buffer, 0, _length);
        _length = 0;
    }
}
