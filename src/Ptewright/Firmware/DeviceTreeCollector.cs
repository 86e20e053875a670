using System.Text;
using Ptewright.Addressing;
using Ptewright.DeviceTree;

namespace Ptewright.Firmware;

/// <summary>Keeps what a device tree says, in the order in which it is told.</summary>
internal unsafe struct DeviceTreeCollector : IDeviceTreeVisitor
{
    // No board comes near. Lists of regions are kept sorted by insertion, so without a limit a hostile blob costs quadratic time.
    private const int MaxEntries = 4096;

    // The specification allows 31 characters and a unit address.
    private const uint MaxNameLength = 127;

    private const int UefiValues = 5;

    private readonly string _name;
    private readonly ulong?[] _uefi;
    private int _entries;

    /// <summary>Keeps nothing yet.</summary>
    /// <param name="name">The name of the file, for errors.</param>
    public DeviceTreeCollector(string name)
    {
        _name = name;
        _uefi = new ulong?[UefiValues];
        Regions = [];
        Nodes = [];
        WithoutSize = [];
        Remarks = [];
    }

    public List<DeviceTreeRegion> Regions { get; }

    /// <summary>The nodes of <c>/reserved-memory</c>, as far as a kernel remembers them.</summary>
    public List<ReservedNode> Nodes { get; }

    /// <summary>Where memory begins whose size a boot loader writes; null where that is not known either.</summary>
    public List<PhysicalAddress?> WithoutSize { get; }

    public List<string> Remarks { get; }

    public string? Model { get; private set; }

    public string? BootArguments { get; private set; }

    public string? StandardOutputPath { get; private set; }

    public ulong? KaslrSeed { get; private set; }

    public readonly DeviceTreeUefiTables? UefiTables
    {
        get
        {
            foreach (ulong? value in _uefi)
            {
                if (value is null)
                {
                    return null;
                }
            }

            return new DeviceTreeUefiTables(
                new PhysicalAddress(Uefi(DeviceTreeUefiValue.SystemTable)),
                new PhysicalAddress(Uefi(DeviceTreeUefiValue.MapStart)),
                Uefi(DeviceTreeUefiValue.MapSize),
                Uefi(DeviceTreeUefiValue.DescriptorSize),
                Uefi(DeviceTreeUefiValue.DescriptorVersion));
        }
    }

    public void OnModel(byte* text, uint length) => Model = Text(text, length);

    public void OnMemory(PhysicalAddress start, ulong size, bool hotpluggable) =>
        Keep(hotpluggable ? DeviceTreeRegionKind.HotpluggableMemory : DeviceTreeRegionKind.Memory, start, size);

    public void OnMemoryWithoutSize(PhysicalAddress start, bool isKnown)
    {
        CountEntry();
        WithoutSize.Add(isKnown ? start : null);
    }

    public void OnUsableRange(int index, PhysicalAddress start, ulong size) =>
        Keep(index == 0 ? DeviceTreeRegionKind.UsableRange : DeviceTreeRegionKind.SecondUsableRange, start, size);

    public void OnInitrd(PhysicalAddress start, PhysicalAddress end) => Keep(DeviceTreeRegionKind.Initrd, start, end.Value - start.Value);

    public void OnBootargs(byte* text, uint length) => BootArguments = Text(text, length);

    public void OnStdoutPath(byte* text, uint length) => StandardOutputPath = Text(text, length);

    public void OnKaslrSeed(ulong seed) => KaslrSeed = seed;

    public readonly void OnUefi(DeviceTreeUefiValue which, ulong value) => _uefi[(int)which] = value;

    public void OnElfCoreHeader(PhysicalAddress start, ulong size) => Keep(DeviceTreeRegionKind.ElfCoreHeader, start, size);

    public void OnReserved(in DeviceTreeReservedNode node, uint index, PhysicalAddress start, ulong size)
    {
        DeviceTreeRegion region = new()
        {
            Kind = DeviceTreeRegionKind.ReservationNode,
            Start = start,
            Size = size,
            Traits = node.Traits,
            Name = NameOf(node),
        };
        CountEntry();
        if (size != 0)
        {
            Regions.Add(region);
        }

        if (index == 0)
        {
            Nodes.Add(new ReservedNode(region, null));
        }
    }

    public void OnDynamicReserved(in DeviceTreeReservedNode node, ulong size, ulong alignment)
    {
        CountEntry();
        DeviceTreeAllocRange[]? ranges = null;
        if (node.HasAllocRanges)
        {
            ranges = new DeviceTreeAllocRange[node.AllocRangeCount];
            for (uint i = 0; i < ranges.Length; i++)
            {
                CountEntry();
                node.ReadAllocRange(i, out ulong start, out ulong length);
                ranges[i] = new DeviceTreeAllocRange(new PhysicalAddress(start), length);
            }
        }

        Nodes.Add(new ReservedNode(null, new DeviceTreeDynamicRegion(NameOf(node), size, alignment, node.Traits, ranges)));
    }

    public void OnMemReserve(PhysicalAddress start, ulong size) => Keep(DeviceTreeRegionKind.ReservationMap, start, size);

    public void OnNote(DeviceTreeNote note, uint offset)
    {
        CountEntry();
        Remarks.Add(DeviceTreeSentences.Remark(note, offset));
    }

    // What a file says may end on a terminal: no control characters but those that separate words.
    private static string Text(byte* text, uint length)
    {
        char[] characters = Encoding.UTF8.GetChars(new ReadOnlySpan<byte>(text, (int)length).ToArray());
        for (int i = 0; i < characters.Length; i++)
        {
            if (char.IsControl(characters[i]) && characters[i] is not ('\t' or '\n'))
            {
                characters[i] = '\uFFFD';
            }
        }

        return new string(characters);
    }

    private readonly ulong Uefi(DeviceTreeUefiValue which) => _uefi[(int)which].GetValueOrDefault();

    private static string NameOf(in DeviceTreeReservedNode node) => Text(node.Name, Math.Min(node.NameLength, MaxNameLength));

    private void Keep(DeviceTreeRegionKind kind, PhysicalAddress start, ulong size)
    {
        CountEntry();
        Regions.Add(new DeviceTreeRegion { Kind = kind, Start = start, Size = size });
    }

    private void CountEntry()
    {
        if (++_entries > MaxEntries)
        {
            throw DeviceTreeSentences.Error(_name, $"it has more than {MaxEntries} memory ranges, reservations and remarks");
        }
    }
}
