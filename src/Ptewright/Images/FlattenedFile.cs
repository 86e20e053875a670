using System.Buffers.Binary;
using System.Globalization;

namespace Ptewright.Images;

/// <summary>A file that was sent through a pipe in pieces, each with the offset where it belongs: makedumpfile's flattened format (<c>-F</c>; QEMU's <c>kdump-zlib</c> and the like).</summary>
/// <remarks>
/// <para>A block of 4096 bytes with the signature, a type and a version; then pieces, each with offset and length as signed 64-bit numbers, the most significant byte first; an offset of −1 ends
/// them. What is written twice counts as it was written last, and what is not written is zero.</para>
/// <para>Nothing is rewritten: one pass over the pieces' headers says where in the file each byte lies.</para>
/// </remarks>
internal sealed class FlattenedFile : FileBytes
{
    /// <summary>The length of the signature.</summary>
    public const int SignatureSize = 16;

    private const int StartSize = 4096;
    private const int PieceHeaderSize = 16;

    // A writer's pieces have some ten thousand bytes: so many are of a dump of some hundred gigabytes. Their places take 24 bytes each.
    private const int MostPieces = 1 << 24;

    // Whoever only wants to know what a file is looks at so many of them.
    private const int MostGlances = 4096;

    private readonly FileBytes _file;
    private readonly FlattenedPiece[] _pieces;
    private readonly List<string> _remarks = [];

    /// <summary>Finds the pieces.</summary>
    /// <param name="file">The file as it is, which goes with this object.</param>
    /// <exception cref="InvalidInputException">It is damaged, or has too many pieces.</exception>
    public FlattenedFile(FileBytes file)
    {
        _file = file;
        ReadOnlySpan<byte> start = file.Copy(0, SignatureSize + 16);
        long type = start.Length < SignatureSize + 16 ? 0 : BinaryPrimitives.ReadInt64BigEndian(start[SignatureSize..]);
        long version = type == 0 ? 0 : BinaryPrimitives.ReadInt64BigEndian(start[(SignatureSize + 8)..]);
        if (type != 1 || version != 1)
        {
            throw Error($"it is a flattened file of type {type} and version {version}, and only type 1 of version 1 is known");
        }

        List<FlattenedPiece> pieces = FindPieces();
        Length = pieces.Count == 0 ? 0 : pieces.Max(piece => piece.End);
        if (Length == 0)
        {
            throw Error($"it is a flattened file with nothing in it behind its first {StartSize} bytes");
        }

        _pieces = FlattenedPiece.Resolve(pieces);
    }

    /// <inheritdoc/>
    public override string Name => _file.Name;

    /// <inheritdoc/>
    public override ulong Length { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Remarks => _remarks;

    /// <summary>Whether a file begins as a flattened one does.</summary>
    public static bool IsFlattened(FileBytes file) => IsSignature(file.Copy(0, SignatureSize));

    /// <summary>Whether a file begins as a flattened one does.</summary>
    /// <param name="start">Its first bytes.</param>
    public static bool IsSignature(ReadOnlySpan<byte> start) => start.StartsWith("makedumpfile\0\0\0\0"u8);

    /// <summary>The first bytes of what a flattened file is to become, as the first piece for that place has them; none where it is not among the first few thousand.</summary>
    /// <param name="file">The file as it is.</param>
    /// <param name="bytes">How many at most.</param>
    public static byte[] FirstPieceOfBeginning(FileStream file, int bytes)
    {
        Span<byte> header = stackalloc byte[PieceHeaderSize];
        long at = StartSize;
        for (int i = 0; i < MostGlances; i++)
        {
            file.Position = at;
            long offset = file.ReadAtLeast(header, PieceHeaderSize, throwOnEndOfStream: false) == PieceHeaderSize ? BinaryPrimitives.ReadInt64BigEndian(header) : -1;
            long size = BinaryPrimitives.ReadInt64BigEndian(header[8..]);
            if (offset < 0 || size <= 0 || size > long.MaxValue - at - PieceHeaderSize)
            {
                break;
            }

            if (offset == 0)
            {
                byte[] start = new byte[(int)Math.Min(bytes, size)];
                return start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
            }

            at += PieceHeaderSize + size;
        }

        return [];
    }

    /// <inheritdoc/>
    public override void Read(ulong offset, Span<byte> room)
    {
        int index = FlattenedPiece.Find(_pieces, offset);
        while (!room.IsEmpty)
        {
            int count = room.Length;
            if (index < _pieces.Length && _pieces[index].Offset <= offset)
            {
                FlattenedPiece piece = _pieces[index++];
                count = (int)Math.Min((ulong)count, piece.End - offset);
                _file.Read(piece.Place + (offset - piece.Offset), room[..count]);
            }
            else
            {
                count = index < _pieces.Length ? (int)Math.Min((ulong)count, _pieces[index].Offset - offset) : count;
                room[..count].Clear();
            }

            room = room[count..];
            offset += (ulong)count;
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();

    private List<FlattenedPiece> FindPieces()
    {
        List<FlattenedPiece> pieces = [];
        HeaderReader headers = new(_file);
        for (ulong at = StartSize; ;)
        {
            if (!_file.Has(at, PieceHeaderSize))
            {
                Remark($"It is a flattened file without an end, cut short at byte 0x{_file.Length:x}: what should follow is missing");
                return pieces;
            }

            (long offset, long size) = headers.At(at);
            if (offset == -1)
            {
                return pieces;
            }

            if (offset < 0 || size <= 0 || size > long.MaxValue - offset)
            {
                throw Error($"it is a flattened file, and the piece at byte 0x{at:x} has {size} bytes for the offset {offset}: it is damaged");
            }

            if (pieces.Count == MostPieces)
            {
                throw Error($"it is a flattened file of more than {MostPieces} pieces: rearrange it with 'makedumpfile -R'");
            }

            at += PieceHeaderSize;
            ulong there = Math.Min((ulong)size, _file.Length - at);
            if (there > 0)
            {
                pieces.Add(new FlattenedPiece((ulong)offset, there, at));
            }

            at += there;
        }
    }

    private void Remark(FormattableString sentence) => _remarks.Add($"{sentence.ToString(CultureInfo.InvariantCulture)}.");

    // Headers of small pieces lie near each other, so some are read at once.
    private sealed class HeaderReader(FileBytes file)
    {
        private readonly byte[] _buffer = new byte[1024];
        private ulong _start = ulong.MaxValue;
        private int _length;

        public (long Offset, long Size) At(ulong at)
        {
            if (at - _start > (ulong)_buffer.Length - PieceHeaderSize || (int)(at - _start) + PieceHeaderSize > _length)
            {
                _start = at;
                _length = (int)Math.Min((ulong)_buffer.Length, file.Length - at);
                file.Read(at, _buffer.AsSpan(0, _length));
            }

            ReadOnlySpan<byte> header = _buffer.AsSpan((int)(at - _start), PieceHeaderSize);
            return (BinaryPrimitives.ReadInt64BigEndian(header), BinaryPrimitives.ReadInt64BigEndian(header[8..]));
        }
    }
}
