using Ptewright.Addressing;
using Ptewright.Kernels.AddressSpace;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Explaining;

/// <summary>Says where an address lies, by the rules of the kernel's version.</summary>
internal static class RegionFinder
{
    // What distributions' images take, rounded up.
    private const ulong UsualImageSize = 64UL << 20;
    private const ulong WideModules = 2UL << 30;

    /// <summary>Where an address lies.</summary>
    /// <param name="oops">The report: kernel, tables, registers, KASAN.</param>
    /// <param name="address">The address.</param>
    /// <param name="granule">The granule.</param>
    /// <param name="bits">The size of virtual addresses in use; null where it is not known.</param>
    /// <param name="builtBits">The size that the kernel was built for, where the entries show it.</param>
    public static AddressRegion Of(Oops oops, VirtualAddress address, GranuleSize granule, int? bits, int? builtBits)
    {
        if (OddAddresses.Find(address, oops) is { } odd)
        {
            return odd;
        }

        // The kernel knows its size where the text does not; and only with 52 bits there are regular addresses that begin with fff0 to fffe.
        if (oops.IsBetweenHalves)
        {
            bool isSigned = (address.Value & (1UL << 55)) != 0 && address.Value >> 61 is 5 or 6 && (address.Value | (7UL << 61)) >= 0xfff0_0000_0000_0000;
            return new AddressRegion(isSigned && address.Value >> 56 is 0xbf or 0xdf ? RegionKind.FailedAuthentication : RegionKind.NonCanonical, address);
        }

        int size = bits ?? (address.Value >> 52 == 0xfff && address.Value >> 48 != 0xffff ? 52 : 48);
        AddressRegion region = InHalf(oops, address, granule, size, builtBits);
        return region with { IsSizeAssumed = bits is null && region.Start is not null };
    }

    private static AddressRegion InHalf(Oops oops, VirtualAddress address, GranuleSize granule, int size, int? builtBits)
    {
        bool isUpper = (address.Value & (1UL << 55)) != 0;
        ulong top = address.Value >> 56;
        int? tag = top is not (0 or 0xff) ? (int)top : null;
        VirtualAddress plain = new(isUpper ? address.Value | (0xffUL << 56) : address.Value & ~(0xffUL << 56));
        bool isExtended = isUpper ? plain.Value >> size == ~0UL >> size : plain.Value >> size == 0;
        if (!isUpper)
        {
            return new AddressRegion(isExtended ? RegionKind.User : RegionKind.NonCanonical, plain) { Tag = tag };
        }

        // Tags of kernel pointers have their upper four bits set; an authentication that failed flips bit 62 or 61.
        if (tag is { } value && (value < 0xf0 || !isExtended))
        {
            return new AddressRegion(isExtended && value is 0xbf or 0xdf ? RegionKind.FailedAuthentication : RegionKind.NonCanonical, address);
        }

        return !isExtended ? new AddressRegion(RegionKind.NonCanonical, address)
            : oops.Version is { } version && !version.IsAtLeast(5, 4) ? InOld(oops, plain, granule, size, tag)
            : InNew(oops, plain, granule, size, builtBits, tag);
    }

    private static AddressRegion InOld(Oops oops, VirtualAddress address, GranuleSize granule, int bits, int? tag)
    {
        foreach ((RegionKind kind, VirtualAddress start, VirtualAddress end) in OldRegions.Of(granule, bits, oops.HasKasan, oops.Version is { } version && version.IsAtLeast(5, 0)))
        {
            if (address >= start && address.Value - 1 < end.Value - 1)
            {
                return InImage(oops, new AddressRegion(kind, address) { Start = start, Last = end - 1, Tag = tag, IsOldLayout = true }, start);
            }
        }

        return new AddressRegion(RegionKind.Hole, address) { Tag = tag, IsOldLayout = true };
    }

    private static AddressRegion InNew(Oops oops, VirtualAddress address, GranuleSize granule, int bits, int? builtBits, int? tag)
    {
        KernelProfile profile = ReportedKernel.ProfileOf(oops);
        TableGeometry geometry;
        try
        {
            geometry = profile.ListingGeometry(granule, bits, builtBits);
        }
        catch (InvalidInputException)
        {
            // No such kernel of this version: whoever gave the sizes by hand may have one of their own.
            return new AddressRegion(RegionKind.Unknown, address) { Tag = tag };
        }

        // "arm64: module: widen module region to 2 GiB" is of 6.5, which has no profile.
        RegionRules rules = profile.Facts.Regions;
        bool isWide = oops.Version is { } version && version.IsAtLeast(6, 5) && rules.ModulesSize < WideModules;
        rules = isWide ? rules with { ModulesSize = WideModules } : rules;

        // All of the fixmap, whatever of it the kernel's own listing counts.
        rules = rules with { ListsAllFixmapSlots = true };
        KernelRegions regions = KernelRegions.Of(rules, geometry, profile.ReadDefaultConfig());
        AddressRegion Region(RegionKind kind, VirtualAddress start, VirtualAddress end) => new(kind, address)
        {
            Start = start,
            Last = end - 1,
            Tag = tag,
            Profile = profile,
            IsLayoutAssumed = oops.Version is null,
            HasWideModules = isWide,
        };

        // Generic KASAN's shadow is an eighth of the half that it watches, below the end of the linear map.
        VirtualAddress shadow = regions.LinearEnd - (1UL << (bits - 3));
        (RegionKind Kind, VirtualAddress Start, VirtualAddress End)[] all =
        [
            (RegionKind.KasanShadow, oops.HasKasan ? shadow : regions.LinearEnd, regions.LinearEnd),
            (RegionKind.LinearMap, geometry.ActualPageOffset, regions.LinearEnd),
            (RegionKind.Bpf, regions.BpfStart, regions.ModulesStart),
            (RegionKind.Modules, regions.ModulesStart, regions.ModulesEnd),
            (RegionKind.Vmalloc, regions.ModulesEnd, regions.VmallocEnd),
            (RegionKind.Fixmap, regions.FixmapStart, regions.FixmapEnd),
            (RegionKind.PciIo, regions.PciIoStart, regions.PciIoEnd),
            (RegionKind.PageArray, regions.PageArrayStart, regions.PageArrayEnd),
        ];
        foreach ((RegionKind kind, VirtualAddress start, VirtualAddress end) in all)
        {
            if (address >= start && address < end)
            {
                return InImage(oops, Region(kind, start, end), regions.ModulesEnd);
            }
        }

        return Region(RegionKind.Hole, address, address + 1) with { Start = null, Last = null };
    }

    // The image lies in vmalloc. KASLR moved it by what a panic prints; without that it may be anywhere in it.
    private static AddressRegion InImage(Oops oops, AddressRegion region, VirtualAddress linked)
    {
        if (region.Kind != RegionKind.Vmalloc)
        {
            return region;
        }

        VirtualAddress start = oops.KernelOffset is { } moved ? linked + moved : linked;
        return region.Address < start || region.Address.Value - start.Value >= UsualImageSize ? region
            : oops.KernelOffset is null ? region with { Detail = "where the image lies if KASLR did not move it" }
            : region with { Kind = RegionKind.Image };
    }
}
