using Ptewright.Addressing;
using Ptewright.Booting;

namespace Ptewright.Boot;

/// <summary>What <c>Assembly/entry.S</c> found and made; its layout is written there.</summary>
internal readonly unsafe struct BootInfo
{
    private const ulong FirstRootDistance = 3 * 4096;

#pragma warning disable CS0649 // Filled by assembly.
    private readonly ulong _deviceTree;
    private readonly ulong _image;
    private readonly ulong _imageVirtual;
    private readonly ulong _imageSize;
    private readonly ulong _textSize;
    private readonly ulong _exceptionLevel;
    private readonly byte* _storage;
    private readonly ulong _storageSize;
    private readonly ulong _reserve;
    private readonly ulong _reserveSize;
    private readonly ulong _firstRoot;
    private readonly byte* _treeCopy;
    private readonly ulong _treeSize;
#pragma warning restore CS0649

    /// <summary>Where the boot loader put the device tree.</summary>
    public PhysicalAddress DeviceTree => new(_deviceTree);

    /// <summary>Where it put the image.</summary>
    public PhysicalAddress Image => new(_image);

    /// <summary>The first byte behind the image, its zeroed part included.</summary>
    public PhysicalAddress ImageEnd => new(_image + _imageSize);

    /// <summary>Where it lies and runs, as a plan wants to know it.</summary>
    public BootPlace Place => new(Image, Image + _textSize, ImageEnd, ImageVirtual);

    /// <summary>Where the image is linked and runs.</summary>
    public VirtualAddress ImageVirtual => new(_imageVirtual);

    /// <summary>The size of the image in memory, in bytes.</summary>
    public ulong ImageSize => _imageSize;

    /// <summary>The size of its executable part, in bytes: the first part.</summary>
    public ulong TextSize => _textSize;

    /// <summary>The exception level at which the boot loader entered: 1 or 2.</summary>
    public int ExceptionLevel => (int)_exceptionLevel;

    /// <summary>Memory to work in, not zeroed.</summary>
    public byte* Storage => _storage;

    /// <summary>Its size in bytes.</summary>
    public ulong StorageSize => _storageSize;

    /// <summary>Room for a copy of the device tree.</summary>
    public byte* TreeCopy => _treeCopy;

    /// <summary>Its size in bytes: the most that the boot protocol allows.</summary>
    public ulong TreeSize => _treeSize;

    /// <summary>The image's table pages, 64 KiB aligned.</summary>
    public PhysicalAddress Reserve => Physical(_reserve);

    /// <summary>The first byte behind them.</summary>
    public PhysicalAddress ReserveEnd => Physical(_reserve + _reserveSize);

    /// <summary>The root of the upper half that start-up made.</summary>
    public PhysicalAddress FirstRoot => Physical(_firstRoot);

    /// <summary>The root of the lower half that start-up made: the image's code at its physical addresses.</summary>
    public PhysicalAddress FirstIdentityRoot => Physical(_firstRoot) - FirstRootDistance;

    /// <summary>The virtual address at which physical address 0 would lie, as the image is mapped.</summary>
    public VirtualAddress Offset => new(_imageVirtual - _image);

    private PhysicalAddress Physical(ulong linked) => new(linked - _imageVirtual + _image);
}
