using Ptewright.Addressing;

namespace Ptewright.DeviceTree;

/// <summary>A flattened device tree (DTB, versions 16 and 17) in memory of the caller, its header checked.</summary>
/// <remarks>
/// Header, all fields 32-bit big-endian, at byte: 0 magic · 4 totalsize · 8 off_dt_struct · 12 off_dt_strings · 16 off_mem_rsvmap ·
/// 20 version · 24 last_comp_version · 28 boot_cpuid_phys · 32 size_dt_strings · 36 size_dt_struct (from version 17 on).
/// Nothing is copied; the bytes must stay where they are for as long as the blob is used. No alignment is asked of them.
/// </remarks>
internal readonly unsafe struct DeviceTreeBlob
{
    /// <summary>The first word of every blob.</summary>
    public const uint Magic = 0xd00dfeed;

    private const uint OldestVersion = 16;
    private const uint NewestVersion = 17;
    private const uint TotalSizeField = 4;
    private const uint StructureField = 8;
    private const uint StringsField = 12;
    private const uint ReserveMapField = 16;
    private const uint VersionField = 20;
    private const uint LastCompatibleField = 24;
    private const uint StringsSizeField = 32;
    private const uint StructureSizeField = 36;
    private const uint ReserveEntrySize = 16;

    private readonly uint _reserveMap;

    private DeviceTreeBlob(byte* data, in Header header, uint stringsTerminated, uint reserveCount)
    {
        Data = data;
        TotalSize = header.TotalSize;
        Version = header.Version;
        StructureStart = header.Structure;
        StructureEnd = header.StructureEnd;
        StringsStart = header.Strings;
        StringsTerminated = stringsTerminated;
        _reserveMap = header.ReserveMap;
        ReserveCount = reserveCount;
    }

    /// <summary>The first byte of the blob.</summary>
    public byte* Data { get; }

    /// <summary>The length of the blob in bytes, as its header gives it.</summary>
    public uint TotalSize { get; }

    /// <summary>The version of the format: 16, 17, or a later one that is compatible with them.</summary>
    public uint Version { get; }

    /// <summary>How many entries the memory reservation block has, the terminator not counted.</summary>
    public uint ReserveCount { get; }

    /// <summary>The offset of the memory reservation block's terminator, an entry of size 0.</summary>
    public uint ReserveMapEnd => _reserveMap + (ReserveCount * ReserveEntrySize);

    /// <summary>The offset of the structure block.</summary>
    internal uint StructureStart { get; }

    /// <summary>The first offset behind the structure block.</summary>
    internal uint StructureEnd { get; }

    /// <summary>The offset of the strings block.</summary>
    internal uint StringsStart { get; }

    /// <summary>The first offset behind the last terminator in the strings block: names that start below it are terminated inside.</summary>
    internal uint StringsTerminated { get; }

    /// <summary>Checks the header and the memory reservation block of a blob.</summary>
    /// <param name="data">The first byte.</param>
    /// <param name="length">How many bytes may be read. More than the blob's own total size is fine.</param>
    /// <param name="blob">The blob, when it is one.</param>
    /// <param name="failure">What is wrong with it otherwise.</param>
    /// <returns>Whether it can be read. The structure block is checked as it is walked (<see cref="DeviceTreeCursor"/>).</returns>
    /// <remarks>Linux: <c>scripts/dtc/libfdt/fdt.c: fdt_check_header</c>. Takes time linear in the total size.</remarks>
    public static bool TryOpen(byte* data, uint length, out DeviceTreeBlob blob, out DeviceTreeFailure failure)
    {
        blob = default;
        if (!TryReadHeader(data, length, out Header header, out failure)
            || !TryCheckBlocks(header, out failure)
            || !TryCountReserves(data, header, out uint reserveCount, out failure))
        {
            return false;
        }

        // Looked for once, so that no property has to search the end of its name: that would be quadratic in hostile blobs.
        uint terminated = header.StringsEnd;
        while (terminated > header.Strings && data[terminated - 1] != 0)
        {
            terminated--;
        }

        blob = new DeviceTreeBlob(data, header, terminated, reserveCount);
        return true;
    }

    /// <summary>An entry of the memory reservation block (<c>/memreserve/</c>).</summary>
    /// <param name="index">0 to <see cref="ReserveCount"/> - 1; not checked.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="size">The length in bytes, not 0.</param>
    /// <returns>The offset of the entry in the blob.</returns>
    public uint ReadReserve(uint index, out PhysicalAddress start, out ulong size)
    {
        uint offset = _reserveMap + (index * ReserveEntrySize);
        start = new PhysicalAddress(DeviceTreeText.Read64(Data + offset));
        size = DeviceTreeText.Read64(Data + offset + 8);
        return offset;
    }

    private static bool TryReadHeader(byte* data, uint length, out Header header, out DeviceTreeFailure failure)
    {
        header = default;
        if (length < sizeof(uint))
        {
            return Fail(DeviceTreeError.TooShort, length, StructureSizeField, out failure);
        }

        uint magic = DeviceTreeText.Read32(data);
        if (magic != Magic)
        {
            return Fail(DeviceTreeError.BadMagic, 0, magic, out failure);
        }

        if (length < StructureSizeField)
        {
            return Fail(DeviceTreeError.TooShort, length, StructureSizeField, out failure);
        }

        header.Version = DeviceTreeText.Read32(data + VersionField);
        if (header.Version < OldestVersion)
        {
            return Fail(DeviceTreeError.UnsupportedVersion, VersionField, header.Version, out failure);
        }

        uint lastCompatible = DeviceTreeText.Read32(data + LastCompatibleField);
        if (lastCompatible > NewestVersion || lastCompatible > header.Version)
        {
            return Fail(DeviceTreeError.IncompatibleVersion, LastCompatibleField, lastCompatible, out failure);
        }

        // Version 16 ends before the size of the structure block; the block may then reach to the end of the blob.
        bool hasStructureSize = header.Version >= NewestVersion;
        header.Size = hasStructureSize ? StructureSizeField + sizeof(uint) : StructureSizeField;
        if (length < header.Size)
        {
            return Fail(DeviceTreeError.TooShort, length, header.Size, out failure);
        }

        header.TotalSize = DeviceTreeText.Read32(data + TotalSizeField);
        if (header.TotalSize < header.Size)
        {
            return Fail(DeviceTreeError.TotalSizeTooSmall, TotalSizeField, header.TotalSize, out failure);
        }

        if (header.TotalSize > length)
        {
            return Fail(DeviceTreeError.Truncated, length, header.TotalSize, out failure);
        }

        header.Structure = DeviceTreeText.Read32(data + StructureField);
        header.StructureSize = hasStructureSize ? DeviceTreeText.Read32(data + StructureSizeField) : header.TotalSize - header.Structure;
        header.Strings = DeviceTreeText.Read32(data + StringsField);
        header.StringsSize = DeviceTreeText.Read32(data + StringsSizeField);
        header.ReserveMap = DeviceTreeText.Read32(data + ReserveMapField);
        failure = default;
        return true;
    }

    private static bool TryCheckBlocks(in Header header, out DeviceTreeFailure failure)
    {
        if (!header.Holds(header.Structure, header.StructureSize))
        {
            return Fail(DeviceTreeError.StructureOutside, StructureField, header.Structure, out failure);
        }

        if (header.Structure % sizeof(uint) != 0)
        {
            return Fail(DeviceTreeError.StructureMisaligned, StructureField, header.Structure, out failure);
        }

        if (!header.Holds(header.Strings, header.StringsSize))
        {
            return Fail(DeviceTreeError.StringsOutside, StringsField, header.Strings, out failure);
        }

        if (!header.Holds(header.ReserveMap, 0))
        {
            return Fail(DeviceTreeError.ReserveMapOutside, ReserveMapField, header.ReserveMap, out failure);
        }

        if (header.ReserveMap % sizeof(ulong) != 0)
        {
            return Fail(DeviceTreeError.ReserveMapMisaligned, ReserveMapField, header.ReserveMap, out failure);
        }

        failure = default;
        return true;
    }

    // An entry of size 0 ends the block, as in early_init_fdt_scan_reserved_mem; the specification wants its address 0 too.
    private static bool TryCountReserves(byte* data, in Header header, out uint count, out DeviceTreeFailure failure)
    {
        count = 0;
        uint offset = header.ReserveMap;
        while (header.TotalSize - offset >= ReserveEntrySize)
        {
            if (DeviceTreeText.Read64(data + offset + 8) == 0)
            {
                failure = default;
                return true;
            }

            count++;
            offset += ReserveEntrySize;
        }

        return Fail(DeviceTreeError.ReserveMapUnterminated, offset, 0, out failure);
    }

    private static bool Fail(DeviceTreeError code, uint offset, ulong value, out DeviceTreeFailure failure)
    {
        failure = new DeviceTreeFailure(code, offset, value);
        return false;
    }

    private struct Header
    {
        internal uint Size;
        internal uint TotalSize;
        internal uint Version;
        internal uint Structure;
        internal uint StructureSize;
        internal uint Strings;
        internal uint StringsSize;
        internal uint ReserveMap;

        internal readonly uint StructureEnd => Structure + StructureSize;

        internal readonly uint StringsEnd => Strings + StringsSize;

        // In 64 bits, because offset + size may pass 2^32.
        internal readonly bool Holds(uint offset, uint size) => offset >= Size && (ulong)offset + size <= TotalSize;
    }
}
